#!/usr/bin/env python3
"""The HTML report in a real Chromium, headless: report_html.py PROGRAM

What the page shows is compared with what the jsonl report says, worked out here anew; names of files, messages and
authors are hostile; commands that the page offers are run by a shell with an editor that only prints; ten thousand
findings are opened and filtered. No request but for the page itself may leave the browser.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import made_report
from chromium import TIME_LIMIT, Chromium, Page

program = pathlib.Path(sys.argv[1]).resolve()
folder = tempfile.TemporaryDirectory(prefix="staunch-html-")
root = pathlib.Path(folder.name)

HOSTILE = ["</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "<!--<script>", "]]>",
           "{{data}}{{script}}", "a\u202egnp.exe", "q'; touch hacked; '", "$(touch hacked)", "`touch hacked`", "-rf",
           "two\nlines", "tab\there", "\u001b[31mred", "é/ü.txt", "&lt;b&gt;", "constructor", "__proto__", " blank ",
           "zero\u200bwidth", "quote\"quote", "back\\slash", "🗝", "%3Cscript%3E", "javascript:window.hacked=1",
           "x" * 3000]


def staunch(*words, **settings):
    return subprocess.run([program, *words], cwd=root, capture_output=True, **settings)


def page_of(lines, name, *options):
    (root / f"{name}.jsonl").write_text(lines)
    result = staunch("report", f"{name}.jsonl", "-f", "html", "-r", f"{name}.html", "--exit-code", "0", *options)
    assert result.returncode in (0, 3), result.stderr
    return root / f"{name}.html"


def as_lines(objects):
    return "".join(json.dumps(each) + "\n" for each in objects)


def rows(page):
    return page.run("[...document.querySelectorAll('.finding')].map(f => f.dataset.id)")


def shown(page):
    return page.run("document.getElementById('shown').textContent")


def harmless(page):
    assert page.complaints() == [], page.complaints()
    assert page.requests() == [page.run("location.href")], page.requests()
    assert page.run("typeof window.hacked") == "undefined"
    assert page.run("document.scripts.length") == 2
    assert page.run("document.querySelectorAll('img, iframe, object, embed, link, form').length") == 0


def spelt(text):
    hidden = "[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
    return re.sub(hidden, lambda found: "\\u{%x}" % ord(found[0]), text)


def hostile_names(browser):
    found = []
    for number, text in enumerate(HOSTILE):
        commit = {"commit": "a" * 40, "author": text, "email": text, "author_date": "2024-01-02T03:04:05Z",
                  "commit_date": text if number % 2 else "2024-01-02T03:04:05Z", "message": text, "blob": "b" * 40,
                  "versions": 1, "in_head": True, "branches": [text], "repository": text}
        found.append(made_report.occurrence(number, f"rule {text}", "high", f"<i>{number}&…", path=text,
                                            description=text,
                                            provider=text, reasons=[text], derived={text: text}, decoded=[text],
                                            **(commit if number % 3 else {})))
    start = made_report.start()
    start["scope"] = {"targets": HOSTILE, "repositories": [
        {"repo": text, "scope": "all", "refs": 0, "tips": [], "web": "javascript:window.hacked=1//"}
        for text in HOSTILE]}
    start["command"] = start["version"] = HOSTILE[0]
    notes = [{"what": text, "why": text} for text in HOSTILE]
    summary = made_report.summary(len(found), len(found), skipped=notes, partial=notes, incomplete=notes)
    page = browser.open(page_of(as_lines([start, *found, summary]), "hostile", "--platform", "github"))
    harmless(page)
    assert len(rows(page)) == len(HOSTILE)
    page.run("document.querySelectorAll('.finding .row').forEach(row => row.click())")
    page.run("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    page.run("document.querySelectorAll('#timeline g').forEach(bar => bar.dispatchEvent(new MouseEvent('click')))")
    page.run("document.getElementById('reset').click()")
    page.run("document.querySelectorAll('.finding .row').forEach(row => row.click())")
    harmless(page)
    text = page.run("[...document.querySelectorAll('td.path')].map(cell => cell.textContent)")
    for path in HOSTILE:
        assert f"{spelt(path)}:1:1" in text, (path, text)
    assert page.run("[...document.querySelectorAll('a')].every(a => /^(https?:|#)/.test(a.getAttribute('href')))")
    # Nothing of what hides or reorders text is in the page as it is.
    assert not page.run(r"/[\u202a-\u202e\u200b-\u200f\u0000-\u0008\u001b]/.test(document.body.innerText)")
    commands_do_what_they_say(page, [path for path in HOSTILE if path == spelt(path)])


def commands_do_what_they_say(page, paths):
    commands = page.run("[...document.querySelectorAll('.command code')].map(code => code.textContent)")
    editor = root / "editor"
    editor.write_text("#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done\n")
    editor.chmod(0o755)
    opened = set()
    for command in set(commands):
        assert command.isprintable(), command
        assert subprocess.run(["bash", "-n", "-c", command]).returncode == 0, command
        if "EDITOR" in command:
            told = subprocess.run(["bash", "-c", command], env={"EDITOR": str(editor), "PATH": "/usr/bin:/bin"},
                                  cwd=root,
                                  capture_output=True, check=True).stdout.decode().split("\0")[:-1]
            opened.add(told[-1])
    assert not (root / "hacked").exists()
    assert opened == {("./" if path.startswith("-") else "") + path for path in paths}, opened ^ set(paths)


def ten_thousand(browser):
    lines = made_report.lines(10_000)
    places = [json.loads(line) for line in lines.splitlines()]
    places = [place for place in places if place["type"] == "occurrence"]
    by_finding = {}
    for place in places:
        by_finding.setdefault(place["fingerprint"], []).append(place)
    page = browser.open(page_of(lines, "many"))
    harmless(page)
    assert shown(page) == "10,000 findings", shown(page)
    assert 100 <= len(rows(page)) < 1000  # the others come when they are scrolled to

    def filtered(wanted):
        return sum(map(wanted, by_finding.values()))

    def choose(name, value):
        page.run(f"(e => {{ e.value = {json.dumps(value)}; e.dispatchEvent(new Event('change')); }})"
                 f"(document.getElementById('{name}'))")

    def check(wanted):
        count = filtered(wanted)
        assert 0 < count < 10_000
        assert shown(page).startswith(f"{count:,} of 10,000 findings"), (shown(page), count)

    choose("now", "head")
    check(lambda all_: any(place["in_head"] for place in all_))
    choose("confidence", "2")
    check(lambda all_: any(place["in_head"] for place in all_) and any(place["confidence"] == "high" for place in all_))
    page.run("document.getElementById('reset').click()")
    page.run("document.getElementById('severity-critical').click()")
    check(lambda all_: all_[0]["severity"] != "critical")
    page.run("document.getElementById('reset').click()")
    page.run("document.activeElement.blur()")
    page.press("/")
    page.type("Grace deploy/staging")
    check(lambda all_: any("deploy/staging" in place["path"] for place in all_) and
          any(place["author"].startswith("Grace") for place in all_))
    page.press("Escape")
    assert shown(page) == "10,000 findings"
    choose("provider", "GitHub")
    check(lambda all_: all_[0]["rule"] == "github-pat")
    assert page.run("document.querySelectorAll('.group > h2').length") == 1
    page.run("document.getElementById('reset').click()")

    # A bar of the timeline: those whose first commit is of its months.
    bar = "document.querySelector('#timeline g[data-from=\"2023-01\"]')"
    page.run(f"{bar}.focus()")
    page.press("Enter")
    first, last = re.match(r"(\d{4}-\d\d)(?: to (\d{4}-\d\d))?", page.run(f"{bar}.getAttribute('aria-label')")).groups()
    check(lambda all_: first <= min(place["commit_date"] for place in all_)[:7] <= (last or first))
    page.press("ArrowRight")
    assert page.run("document.activeElement.dataset.from") > "2023-01"
    page.run("document.getElementById('reset').click()")

    # All of them can be reached.
    before = len(rows(page))
    page.run("scrollTo(0, document.body.scrollHeight)")
    page.until(f"document.querySelectorAll('.finding').length > {before}")
    choose("group", "none")
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert sorted(rows(page)) == sorted(by_finding)
    grave = page.run("[...document.querySelectorAll('.finding .badge')].map(badge => badge.textContent)")
    order = ["critical", "high", "medium", "low"]
    assert [order.index(word) for word in grave] == sorted(order.index(word) for word in grave)


def keys_and_colours(browser):
    page = browser.open(page_of(made_report.lines(20), "small"))
    page.press("j")
    page.press("j")
    page.press("k")
    at = "document.activeElement.closest('.finding')?.dataset.id"
    assert page.run(at) == rows(page)[0]
    page.press("Enter")
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert "What to do" in page.run("document.activeElement.closest('.finding').innerText")
    page.press("Enter")
    assert page.run("document.querySelectorAll('.detail').length") == 0

    # From the top, Tab leads to everything that can be used.
    page.run("document.activeElement.blur()")
    for _ in range(40):
        page.press("Tab")
        if page.run("document.activeElement.classList.contains('row')"):
            break
    else:
        raise AssertionError("Tab does not lead to the findings")
    names = page.call("Accessibility.getFullAXTree")["nodes"]
    for node in names:
        if node.get("role", {}).get("value") in ("button", "combobox", "searchbox", "checkbox", "link"):
            assert node["name"]["value"].strip(), node

    page.run("document.querySelectorAll('.finding .row').forEach(row => row.click())")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.run(colour)
    page.view(dark=True)
    dark = page.run(colour)
    assert light != dark
    page.run("document.getElementById('theme').click()")  # light, whatever the system says
    assert page.run(colour) == light
    page.view(dark=False)
    page.run("document.getElementById('theme').click()")
    assert page.run(colour) == dark
    assert page.run(contrast) == [], page.run(contrast)
    page.run("document.getElementById('theme').click()")
    assert page.run(colour) == light
    assert page.run(contrast) == [], page.run(contrast)


# Texts with less contrast to what is behind them than WCAG 2.1 asks for (1.4.3), in the middle of no transition.
contrast = """(async () => {
  await Promise.all(document.getAnimations().map(animation => animation.finished));
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => numbers(colour).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (numbers(colour).length === 3) return colour;
    }
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const written = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!written && !element.placeholder) continue;
    if (!element.getClientRects().length || /SCRIPT|STYLE/.test(element.tagName)) continue;
    const front = getComputedStyle(element, element.placeholder ? '::placeholder' : null).color;
    const both = [light(front), light(behind(element))];
    const ratio = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + ' ' + element.textContent);
  }
  return faint;
})()"""


def wholeness(browser):
    note = [{"what": "a.zip", "why": "it is damaged"}]
    for kind, notes, words in [("good", {}, "Everything was read"), ("good", {"skipped": note}, "Everything was read"),
                               ("warn", {"partial": note}, "in part only"),
                               ("bad", {"incomplete": note}, "Not everything was read")]:
        page = browser.open(page_of(made_report.lines(0, **notes), "whole"))
        assert page.run("document.getElementById('whole').className") == f"banner {kind}"
        assert words in page.run("document.getElementById('whole').innerText")
        assert page.run("document.querySelectorAll('#whole details').length") == len(notes)
        assert ("a.zip" in page.run("document.getElementById('whole').textContent")) == bool(notes)
        assert page.run("document.getElementById('nothing').textContent") == "Nothing was found."
        assert "Keys:" not in page.run("document.body.innerText")


def secrets(browser):
    rules = root / "rules.toml"
    rules.write_text("[[rules]]\nid = 'mark'\ndescription = 'A mark'\n"
                     "regex = '''(mark_[0-9a-f]{12})'''\nkeywords = ['mark_']\n")
    secret = "mark_" + "0123456789ab"
    target = root / "t" / f"{secret}<b>"
    target.mkdir(parents=True)
    (target / "a.txt").write_text(f"x = {secret}\n")
    for options, visible in [([], False), (["--show-secrets"], True)]:
        result = staunch("dir", "-c", "rules.toml", "t", "-f", "html", "-r", "s.html", *options)
        assert result.returncode == 1, result.stderr
        assert (secret in (root / "s.html").read_text()) == visible
        page = browser.open(root / "s.html")
        harmless(page)
        assert page.run("document.getElementById('bare') !== null") == visible
        assert (secret in page.run("document.body.innerText")) == visible


def narrow(browser):
    page = browser.open(page_of(made_report.lines(20), "small"), width=400)
    page.run("document.querySelectorAll('.finding .row').forEach(row => row.click())")
    page.run("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.run("document.documentElement.scrollWidth") <= 400
    wide = page.run("[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length")
    assert wide == 0, "tables are as narrow as the page"
    assert page.run("document.querySelectorAll('.scroll td').length") > 20


def without_script(browser):
    page = Page(browser)
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.go(page_of(made_report.lines(3), "plain").as_uri())
    html, end = "", time.monotonic() + TIME_LIMIT
    while "</html>" not in html or "noscript" not in html:
        assert time.monotonic() < end, html
        try:
            document = page.call("DOM.getDocument")["root"]
            html = page.call("DOM.getOuterHTML", nodeId=document["nodeId"])["outerHTML"]
        except RuntimeError:  # the page is another one meanwhile
            pass
    assert re.search(r"<noscript><p[^>]*>3 findings in \d+ places", html), html[:3000]


def main():
    with Chromium() as browser:
        for step in (hostile_names, ten_thousand, keys_and_colours, wholeness, secrets, narrow, without_script):
            step(browser)
            print("ok", step.__name__.replace("_", " "), flush=True)


main()
