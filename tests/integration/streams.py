#!/usr/bin/env python3
"""staunch stdin as pipes are in life: endless, slow, cut, closed at either end, and full of what nobody expected. No
test measures time: the order of what happens is asserted. Usage in tests/support/outside.py."""
import array
import base64
import fcntl
import gzip
import io
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import termios
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from outside import Case, WAIT, key_block, main, token, until  # noqa: E402


class Sizes(Case):
    """A gigabyte comes and 100 MB must do; a secret at its end is where it says."""

    def at_end(self, megabytes, generator, last, column=None):
        size = (20 if self.sanitized else megabytes) * 1_000_000
        result = self.run_to_end("stdin", "-f", "jsonl", given=f"{generator} | head -c {size}; echo '{last}'")
        self.assertEqual(result.code, 1)
        self.assertTrue(result.summary["complete"])
        self.assertEqual(result.summary["bytes"], size + len(last) + 1)
        self.small(result)
        (place,) = result.lines("occurrence")
        self.assertEqual(place["line"], 1)
        return place, size

    def test_one_line(self):
        place, size = self.at_end(1000, "yes 'abcdefg ' | tr -d '\\n'", " " + token(1))
        self.assertEqual((place["offset"], place["column"]), (size + 1, size + 2))

    def test_zeros(self):
        place, size = self.at_end(1000, "cat /dev/zero", token(1))
        self.assertEqual((place["offset"], place["column"]), (size, size + 1))

    def test_one_base64_run(self):
        # Four characters of a run stand for three bytes; the token is the bytes from 5 to 45 of what the last ones hold.
        coded = base64.b64encode(f"key: {token(1)};;".encode()).decode()
        place, size = self.at_end(1000, "yes QUJD | tr -d '\\n'", coded)
        self.assertEqual(place["decoded"], ["base64"])
        first, last = place["offset"] - size, place["offset"] - size + place["length"]
        self.assertEqual((first, last), (5 // 3 * 4, 45 // 3 * 4))

    def test_many_findings(self):
        # Nothing piles up that is not a finding.
        result = self.run_to_end("stdin", "-f", "csv",
                                 given=f"yes 'x {token(1)} y' | head -n {2000 if self.sanitized else 200_000}")
        self.assertEqual(result.code, 1)
        self.small(result)


class Encodings(Case):
    def found(self, data):
        result = self.run_to_end("stdin", "-f", "jsonl", given=data)
        self.assertTrue(result.summary["complete"])
        return [(o["line"], o["offset"], o["decoded"]) for o in result.lines("occurrence")]

    def test_utf16(self):
        text = f"a\nb {token(1)}\n"
        for coding, bom in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
            whole = bom + text.encode(coding)
            self.assertEqual(self.found(whole), [(2, 2 + 2 * 4, ["utf-16"])])
            self.assertEqual(self.found(whole + b"\0"), [(2, 10, ["utf-16"])], "an odd length")
            lone = bom + "\ud800 x\udc00\n".encode(coding, "surrogatepass") + text.encode(coding)
            self.assertEqual(self.found(lone), [(3, 12 + 2 * 4, ["utf-16"])], "surrogates without their other half")
            self.assertEqual(self.found(bom), [], "nothing but a mark")
            self.assertEqual(self.found(bom + bom), [])
            self.assertEqual(self.found(bom + b"a"), [])

    def test_utf8_with_a_mark(self):
        self.assertEqual(self.found(b"\xef\xbb\xbf" + token(1).encode()), [(1, 3, [])])

    def test_not_utf8(self):
        self.assertEqual(self.found(b"\xff\xc0\x80\xed\xa0\x80 " + token(1).encode() + b" \xf8"), [(1, 7, [])])

    def test_containers(self):
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w:gz") as archive:
            info = tarfile.TarInfo("b.txt")
            info.size = len(token(2))
            archive.addfile(info, io.BytesIO(token(2).encode()))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("c.txt", token(3))
        database = sqlite3.connect(self.path("d"))
        database.execute("create table keys (name text, key text)")
        database.executemany("insert into keys values (?, ?)", [("x" * 50, "y" * 100)] * 99 + [("it", token(4))])
        database.commit()
        database.close()
        with open(self.path("d"), "rb") as file:
            records = file.read()
        for data, path in ((tar.getvalue(), "s!b.txt"), (packed.getvalue(), "s!c.txt"), (records, "s"),
                           (gzip.compress(token(5).encode()), "s!content")):
            result = self.run_to_end("stdin", "--label", "s", "-f", "jsonl", given=data)
            self.assertEqual([o["path"] for o in result.lines("occurrence")], [path])
            result = self.run_to_end("stdin", "-f", "jsonl", "--max-archive-depth", "0", "--max-decode-depth", "0",
                                     given=data)
            self.assertEqual(len(result.lines("occurrence")), 1 if data == records else 0)
            self.assertEqual(result.summary["partial"], [])

    def test_decode_depth(self):
        given = "printf %s '" + token(1) + "' | base64 -w0 | base64 -w0"
        for depth, wanted in (("0", 0), ("1", 0), ("2", 1)):
            result = self.run_to_end("stdin", "-f", "jsonl", "--max-decode-depth", depth, given=given)
            self.assertEqual(len(result.lines("occurrence")), wanted)


class Boundaries(Case):
    def trickle(self, pieces, pause=0.02):
        process = self.start("stdin", "-f", "jsonl")
        for piece in pieces:
            process.stdin.write(piece)
            time.sleep(pause)
        return self.finish(process)

    def test_inside_a_token(self):
        data = f"a\nkey = {token(1)}\nb {token(2)}".encode()
        result = self.trickle([data[i:i + 1] for i in range(len(data))], 0.01)
        self.assertEqual(result.places(), [("", 2, 8), ("", 3, 51)])

    def test_block_over_lines(self):
        whole = self.run_to_end("stdin", "-f", "jsonl", given=("x\n" + key_block()).encode())
        (block,) = whole.lines("occurrence")
        self.assertEqual((block["line"], block["end_line"]), (2, 28))
        lines = ("x\n" + key_block()).encode().splitlines(keepends=True)
        slowly = self.trickle(lines, 0.03)
        self.assertEqual([(o["fingerprint"], o["offset"], o["length"]) for o in slowly.lines("occurrence")],
                         [(block["fingerprint"], block["offset"], block["length"])])

    def test_seen_before_the_next_line_is_written(self):
        process = self.start("stdin")
        seen = b""
        for number in range(1, 6):
            process.stdin.write(b"a line\nkey = ")
            time.sleep(0.05)
            process.stdin.write(f"{token(number)}\n".encode())
            seen = self.wait_for(process.stdout, f"standard input:{2 * number}:7", seen)
        result = self.finish(process, seen)
        self.assertEqual(result.code, 1)
        self.assertIn("5 findings in 5 places", result.out)

    def test_a_line_byte_by_byte(self):
        process = self.start("stdin", "-f", "jsonl")
        for byte in f"k={token(1)}\n".encode():
            process.stdin.write(bytes([byte]))
            time.sleep(0.05)
        seen = self.wait_for(process.stdout, '"occurrence"')
        self.assertEqual(len(self.finish(process, seen).lines("occurrence")), 1)


class Ends(Case):
    """However it ends, the report is whole and says so."""

    def stopped(self, process, seen, name, code):
        result = self.until_end(process, seen)
        self.assertEqual(result.code, code)
        self.assertFalse(result.summary["complete"])
        self.assertEqual([note["why"] for note in result.summary["incomplete"]], [f"ended early: {name}"])
        return result

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            for line, code, come in ((b"nothing\n", 3, '"start"'), (token(1).encode() + b"\n", 1, '"occurrence"')):
                process = self.start("stdin", "-f", "jsonl")
                process.stdin.write(line)
                seen = self.wait_for(process.stdout, come)
                process.send_signal(number)
                result = self.stopped(process, seen, number.name, code)
                self.assertEqual(len(result.lines("finding")), code % 3)

    def test_signal_in_text(self):
        process = self.start("stdin")
        process.stdin.write(f"{token(1)}\nmore".encode())
        seen = self.wait_for(process.stdout, "standard input:1:1")
        process.send_signal(signal.SIGTERM)
        result = self.until_end(process, seen)
        self.assertIn("not read: standard input: ended early: SIGTERM\n", result.out)
        self.assertIn("not everything was read", result.out)

    def test_what_was_read_counts(self):
        """An unfinished line is scanned too."""
        process = self.start("stdin", "-f", "jsonl")
        process.stdin.write(b"x " + token(1).encode())
        self.wait_for_quiet(process)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.stopped(process, b"", "SIGTERM", 1).places(), [("", 1, 2)])

    def wait_for_quiet(self, process):
        """Until all that was written was taken from the pipe, and then some."""
        until(lambda: not self.held(process.stdin))
        time.sleep(0.2)

    @staticmethod
    def held(pipe):
        """Bytes that are in it."""
        held = array.array("i", [0])
        fcntl.ioctl(pipe, termios.FIONREAD, held)
        return held[0]

    def test_signal_inside_an_archive(self):
        for size in (200_000, 9_000_000):  # that is held whole, and that is opened while it comes
            data = gzip.compress(token(1).encode() + b"\n" + os.urandom(size), 1)
            process = self.start("stdin", "-f", "jsonl", "--label", "a.gz")
            process.stdin.write(data[:size * 3 // 4])
            self.wait_for_quiet(process)
            process.send_signal(signal.SIGTERM)
            result = self.stopped(process, b"", "SIGTERM", 1)
            self.assertEqual(result.summary["partial"], [])  # it is not called damaged for that
            self.assertEqual([o["path"] for o in result.lines("occurrence")], ["a.gz!a"])

    def test_second_signal_kills(self):
        # The report cannot leave: its reader does not read, so the first signal does not end it.
        reader, writer = os.pipe()
        fcntl.fcntl(writer, 1031, 4096)  # F_SETPIPE_SZ
        process = self.start("stdin", "-f", "jsonl", "--label", "x" * 3000, stdout=writer)
        os.close(writer)
        self.addCleanup(os.close, reader)
        process.stdin.write(b"".join(token(i).encode() + b"\n" for i in range(200)))
        until(lambda: self.held(reader))
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        self.assertIsNone(process.poll())

        def killed():
            process.send_signal(signal.SIGTERM)
            return process.poll() is not None
        until(killed)  # two signals that come at once are one
        self.assertEqual(process.returncode, -signal.SIGTERM)

    def test_ignored_signals_stay_ignored(self):
        process = self.start("version")  # nothing but a program to stand for the next one
        self.finish(process)
        old = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process = subprocess.Popen([self.program, "stdin", "-f", "jsonl"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, **self.settings())
        finally:
            signal.signal(signal.SIGINT, old)
        self.addCleanup(self.end, process)
        seen = self.wait_for(process.stdout, '"start"')
        process.send_signal(signal.SIGINT)
        process.stdin.write(token(1).encode())
        result = self.finish(process, seen)
        self.assertEqual((result.code, result.summary["complete"]), (1, True))

    def test_dir(self):
        """In the middle of a scan: a file that cannot be read to its end in this time."""
        self.write("t/a.txt", token(1))
        for number in (signal.SIGTERM, signal.SIGINT):
            for code, folder in ((1, "t"), (3, "u")):
                os.makedirs(self.path(folder), exist_ok=True)
                with open(self.path(folder + "/b.bin"), "wb") as file:
                    file.truncate(1 << 40)
                process = self.start("dir", "-j", "1", "-f", "jsonl", folder, stdin=subprocess.DEVNULL)
                self.wait_for_reads(process, 20_000_000)
                process.send_signal(number)
                result = self.until_end(process)
                self.assertEqual(result.code, code)
                self.assertFalse(result.summary["complete"])
                self.assertIn(f"stopped early: {number.name}", [note["why"] for note in result.summary["incomplete"]])

    def wait_for_reads(self, process, size):
        def reads():
            with open(f"/proc/{process.pid}/io") as counts:
                return int(counts.readline().split()[1]) > size
        until(reads)

    def test_reader_goes_away(self):
        process = self.start("stdin")
        process.stdin.write(token(1).encode() + b"\n")
        self.wait_for(process.stdout, "standard input:1:1")
        process.stdout.close()
        process.stdout = None
        # The writer never ends; the next finding has nobody to go to.
        process.stdin.write(token(2).encode() + b"\n")
        self.assertEqual(process.wait(WAIT), 1)
        self.assertIn("standard output: cannot write: Broken pipe\n", process.stderr.read().decode())

    def test_reader_gone_from_the_start(self):
        result = subprocess.run(["bash", "-c", '(sleep 0.3; echo nothing | "$STAUNCH" stdin; echo "code $?" >&2) | true'],
                                capture_output=True, **self.settings())
        self.assertEqual(result.stderr.decode(),
                         "staunch: error: standard output: cannot write: Broken pipe\ncode 3\n")


if __name__ == "__main__":
    main()
