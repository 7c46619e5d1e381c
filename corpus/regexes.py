"""Just enough of RE2's syntax to narrow a regex in one place: tokens with their spans, and the span of the group that
holds the secret."""
import dataclasses
import re

ESCAPED_SETS = {"d": set("0123456789"), "w": set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")}
PRINTABLE = {chr(code) for code in range(32, 127)}


@dataclasses.dataclass(frozen=True)
class Token:
    kind: str   # class, literal, count, open, close, other
    begin: int
    end: int
    text: str
    depth: int = 0


_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")


def _class_end(regex, at):
    """Where the bracket that opens at `at` closes."""
    at += 1
    if regex[at] == "^":
        at += 1
    first = at
    while at < len(regex):
        if regex[at] == "\\":
            at += 2
        elif regex.startswith("[:", at):
            at = regex.index(":]", at) + 2
        elif regex[at] == "]" and at > first:
            return at + 1
        else:
            at += 1
    raise ValueError("a bracket is not closed")


def tokens(regex):
    out, at, depth = [], 0, 0

    def add(kind, end):
        nonlocal at
        out.append(Token(kind, at, end, regex[at:end], depth))
        at = end

    while at < len(regex):
        c = regex[at]
        if c == "\\":
            kind = "class" if regex[at + 1] in ESCAPED_SETS else "other" if regex[at + 1].isalnum() else "literal"
            add(kind, at + 2 if regex[at + 1] not in "xpP" else at + 2 + len(re.match(r"[0-9A-Fa-f]{2}|\{[^}]*\}|.",
                regex[at + 2:])[0]))
        elif c == "[":
            add("class", _class_end(regex, at))
        elif c == "(":
            depth += 1
            head = re.match(r"\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*[:)]))?", regex[at:])[0]
            if head.endswith(")"):
                depth -= 1
            add("other" if head.endswith(")") else "open", at + len(head))
        elif c == ")":
            add("close", at + 1)
            depth -= 1
        elif _COUNT.match(regex, at):
            add("count", _COUNT.match(regex, at).end())
        else:
            add("other" if c in "|*+?.^$" else "literal", at + 1)
    return out


def secret_span(regex, group):
    """Begin and end of the text of capture group `group`, of the first one for 0; of all where there is none."""
    wanted, number, open_at = group or 1, 0, None
    for token in tokens(regex):
        if token.kind == "open" and (token.text == "(" or "<" in token.text):
            number += 1
            if number == wanted:
                open_at = token
        elif token.kind == "close" and open_at is not None and token.depth == open_at.depth:
            return open_at.end, token.begin
    return 0, len(regex)


def characters(text):
    """The printable characters of a class token, or None where it is written in a way not known here."""
    if text[0] == "\\":
        return ESCAPED_SETS[text[1]]
    body, negated, out, at = text[1:-1], text[1] == "^", set(), 0
    body = body[1:] if negated else body
    parts = []
    while at < len(body):
        if body.startswith("[:", at):
            return None
        if body[at] == "\\":
            if body[at + 1] in ESCAPED_SETS:
                out |= ESCAPED_SETS[body[at + 1]]
                parts.append(None)
            elif body[at + 1] == "s":
                out.add(" ")
                parts.append(None)
            elif body[at + 1].isalnum():
                return None
            else:
                parts.append(body[at + 1])
            at += 2
        else:
            parts.append("RANGE" if body[at] == "-"
                         and parts and parts[-1] not in (None, "RANGE") and at + 1 < len(body) else body[at])
            at += 1
    at = 0
    while at < len(parts):
        if at + 2 < len(parts) and parts[at + 1] == "RANGE" and parts[at] is not None and parts[at + 2] is not None:
            out |= {chr(code) for code in range(ord(parts[at]), ord(parts[at + 2]) + 1)}
            at += 3
        else:
            if parts[at] is not None:
                out.add("-" if parts[at] == "RANGE" else parts[at])
            at += 1
    return PRINTABLE - out if negated else out


def write_class(members):
    return "[" + "".join("\\" + c if c in "\\]^-[" else c for c in sorted(members)) + "]"
