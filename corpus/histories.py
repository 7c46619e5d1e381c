"""A git history in which every rule's secret is committed and later taken out again, made by `git fast-import`."""
import subprocess

from corpus import catalogue, snippets
from corpus.chance import stream
from corpus.material import Label

AUTHOR = "Anna <anna@host.example>"


def _commit(stream_, number, message, changes):
    text = message.encode()
    out = b"commit refs/heads/main\nmark :%d\ncommitter %s %d +0000\ndata %d\n%s\n" % (number, AUTHOR.encode(),
        1740823200 + number * 60, len(text), text)
    if number > 1:
        out += b"from :%d\n" % (number - 1)
    for path, data in changes:
        out += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data),
                                                       data) if data is not None else b"D %s\n" % path.encode()
    stream_.write(out)


def build(folder, seed, rules):
    """A repository in `folder`; gives the labels of the secrets in its history. Every file's first version has the
    secret and its second has not; every other file is removed."""
    git = ["git", "-c", "init.defaultBranch=main", "-C", str(folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    process = subprocess.Popen([*git, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    labels, number = [], 0
    for rule in catalogue.anywhere(rules):
        rng = stream(seed, "history", rule.id)
        snippet = snippets.any_of(rule, rng)
        path = f"conf/{rule.id}.txt"
        before, after = (snippet.text + "\n").encode(), None if rng.random() < 0.5 else b"# taken out\n"
        lines = before.split(snippet.secret.encode())[0].count(b"\n") + 1
        _commit(process.stdin, number + 1, f"Add {rng.randint(1, 99)}", [(path, before)])
        _commit(process.stdin, number + 2, "Clean up", [(path, after)])
        number += 2
        labels.append(Label(path, lines, 0, snippet.secret, snippet.secret, rule.id, "history", snippet.shape))
    process.stdin.close()
    if process.wait() != 0:
        raise RuntimeError("git fast-import failed")
    return labels
