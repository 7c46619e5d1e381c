#!/usr/bin/env python3
"""How long the HTML report takes: report_page.py PROGRAM [FINDINGS]

Writes a report of made-up findings (10,000) as a page, opens it in a headless Chromium and filters it, five times.
Times are the browser's own: from the start of loading to the end of the page's script, and from a key in the search
field to the next frame.
"""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/support"))
import made_report
from chromium import Chromium

program, findings = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
OPENED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
PAINTED = """new Promise(done => requestAnimationFrame(() => setTimeout(() =>
  done(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now()), 50)))"""
FILTERED = """new Promise(done => {
  const field = document.getElementById('text'), start = performance.now();
  field.value = TEXT;
  field.dispatchEvent(new Event('input'));
  document.body.getBoundingClientRect();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""

with tempfile.TemporaryDirectory() as folder, Chromium() as browser:
    report, page_path = pathlib.Path(folder, "r.jsonl"), pathlib.Path(folder, "r.html")
    report.write_text(made_report.lines(findings))
    start = time.monotonic()
    subprocess.run([program, "report", report, "-f", "html", "-r", page_path], stderr=subprocess.DEVNULL, check=False)
    print(f"{findings} findings, written in {time.monotonic() - start:.2f} s, {page_path.stat().st_size / 1e6:.1f} MB")
    opened, painted, filtered = [], [], []
    for _ in range(5):
        page = browser.open(page_path)
        opened.append(page.run(OPENED))
        painted.append(page.run(PAINTED))
        for text in ("grace", "grace deploy", "nothing has this", "a", ""):
            filtered.append(page.run(FILTERED.replace("TEXT", repr(text))))
        assert page.run("document.getElementById('shown').textContent").startswith(f"{findings:,} finding")
for name, times in (("opened", opened), ("first painted", painted), ("filtered", filtered)):
    print(f"{name:14} median {statistics.median(times):6.0f} ms, slowest {max(times):6.0f} ms")
