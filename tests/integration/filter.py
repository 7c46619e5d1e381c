#!/usr/bin/env python3
"""staunch filter as pipes and rsyslog have it: what leaves, when, and what does not. No test measures time: the order
of what happens is asserted. Usage in tests/support/outside.py. rsyslogd is Debian's, started here on its own socket."""
import base64
import contextlib
import fcntl
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from outside import Case, WAIT, main, token, until  # noqa: E402

GONE = "[REDACTED:github-pat]"


class Pipe(Case):
    def test_it_replaces_and_keeps_all_else(self):
        given = f"a\0b\r\nk = {token(1)} # gitleaks:allow\n\xff last".encode("latin-1")
        result = self.run_to_end("filter", given=given)
        self.assertEqual((result.code, result.err), (0, ""))
        self.assertEqual(result.out, f"a\0b\r\nk = {GONE} # gitleaks:allow\n\\xff last")

    def test_encoded(self):
        coded = base64.b64encode(f'{{"token":"{token(2)}"}}'.encode()).decode()
        result = self.run_to_end("filter", given=f"payload: {coded}\n".encode())
        self.assertEqual(result.out, f"payload: {GONE}\n")

    def test_a_line_leaves_at_once_and_a_part_of_one_does_not(self):
        process = self.start("filter")
        process.stdin.write(f"one {token(1)}\n".encode())
        self.assertEqual(self.wait_for(process.stdout, "\n"), f"one {GONE}\n".encode())
        process.stdin.write(token(2)[:20].encode())
        self.assertFalse(select.select([process.stdout], [], [], 0.2)[0])
        process.stdin.write(token(2)[20:].encode())
        process.stdin.write(b" end\n")
        self.assertEqual(self.wait_for(process.stdout, "\n"), f"{GONE} end\n".encode())
        process.stdin.write(b"no newline")
        result = self.finish(process)
        self.assertEqual((result.code, result.out), (0, "no newline"))

    def test_200_megabytes_in_one_line(self):
        size = (5 if self.sanitized else 200) * 1_000_000
        result = self.run_to_end("filter", given=f"{{ yes 'abcdefg ' | tr -d '\\n' | head -c {size}; "
                                                 f"printf ' {token(1)} '; printf end; }} ; true")
        self.assertEqual(result.code, 0)
        self.assertEqual(len(result.out), size + len(f" {GONE} end"))
        self.assertTrue(result.out.endswith(f" {GONE} end"))
        self.small(result)

    def test_reader_goes_away(self):
        process = self.start("filter")
        process.stdin.write(b"one\n")
        self.wait_for(process.stdout, "one\n")
        process.stdout.close()
        process.wait(WAIT)  # its input is still open and silent
        self.assertEqual(process.returncode, 0)
        process.stdout = None

    def test_slow_reader_loses_nothing(self):
        lines = [f"line {i} {token(i % 7)} end\n" for i in range(20000)]
        self.write("in", "".join(lines))
        with open(self.path("in"), "rb") as file:
            process = self.start("filter", stdin=file)
        fcntl.fcntl(process.stdout, 1031, 4096)  # F_SETPIPE_SZ
        out, chosen = b"", random.Random(1)
        while True:
            got = os.read(process.stdout.fileno(), chosen.choice([1, 100, 5000, 60000]))
            if not got:
                break
            out += got
        self.assertEqual(out.decode(), "".join(f"line {i} {GONE} end\n" for i in range(20000)))

    def test_asked_to_end_it_takes_what_is_in_the_pipe(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start("filter")
            process.stdin.write(b"one\n")
            self.wait_for(process.stdout, "one\n")
            process.send_signal(signal.SIGSTOP)
            process.stdin.write(f"two {token(2)}\nthree".encode())
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)
            result = self.until_end(process)  # the writer never closes
            self.assertEqual((result.code, result.out), (0, f"two {GONE}\nthree"))

    def test_hang_up_swaps_the_policy(self):
        policy = self.write("p.toml", "[default]\naction = 'log'\n")
        process = self.start("filter", "--policy", policy)
        process.stdin.write(f"{token(1)}\n".encode())
        self.wait_for(process.stdout, token(1) + "\n")
        self.write("p.toml", "[default]\nreplace = 'prefix'\n")
        self.hang_up_until(process, "ghp" + "_" + GONE)
        self.write("p.toml", "[default]\naction = 'shout'\n")
        process.send_signal(signal.SIGHUP)
        self.wait_for(process.stderr, "the old rules stay")
        process.stdin.write(f"{token(1)}\n".encode())
        self.wait_for(process.stdout, "ghp" + "_" + GONE + "\n")
        self.assertEqual(self.finish(process).code, 0)

    def hang_up_until(self, process, text):
        process.send_signal(signal.SIGHUP)

        def swapped():
            process.stdin.write(f"{token(1)}\n".encode())
            return text.encode() in self.wait_for(process.stdout, "\n")
        until(swapped)

    def test_no_room_behind_it(self):
        with open("/dev/full", "wb") as full:
            process = self.start("filter", stdout=full)
            process.stdin.write(b"one\n")
            process.wait(WAIT)
        self.assertEqual(process.returncode, 3)
        self.assertIn(b"No space left", process.stderr.read())

    def test_input_that_cannot_be_read(self):
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        process = self.start("filter", stdin=folder)
        self.assertEqual(process.wait(WAIT), 3)


class Policies(Case):
    def test_check(self):
        good = self.write("good.toml", "[[when]]\nrules = ['github-*']\naction = 'block'\n")
        self.assertEqual(self.run_to_end("filter", "--check", "--policy", good).code, 0)
        bad = self.write("bad.toml", "[[when]]\nrules = ['gitbuh-*']\naction = 'block'\n")
        result = self.run_to_end("filter", "--policy", bad, given=b"never read\n")
        self.assertEqual((result.code, result.out), (2, ""))
        self.assertIn("bad.toml:1:1: error: there is no rule 'gitbuh-*'", result.err)


class Events(Case):
    def test_they_tell_all_but_the_secret(self):
        result = self.run_to_end("filter", "--ndjson", "--events", "e", given=f'{{"a":["x","{token(1)}"]}}\n'.encode())
        self.assertEqual(result.out, f'{{"a":["x","{GONE}"]}}\n')
        with open(self.path("e")) as file:
            text = file.read()
        self.assertNotIn(token(1)[8:], text)
        event = json.loads(text)
        self.assertEqual({k: event[k] for k in ("type", "rule", "action", "pointer", "source", "policy", "shadow")},
                         {"type": "decision", "rule": "github-pat", "action": "redact", "pointer": "/a/1",
                          "source": "filter", "policy": "default", "shadow": False})
        back = self.run_to_end("events", "e", "--rule", "github-*", "--since", "1h", "--action", "redact")
        self.assertEqual((back.code, back.out), (0, text))
        for other in (["--action", "block"], ["--rule", "x"], ["--since", "2999-01-01"], ["--route", "r"]):
            self.assertEqual(self.run_to_end("events", "e", *other).out, "")

    def test_one_secret_has_one_name_in_a_run_and_another_in_the_next(self):
        names = []
        for _ in range(2):
            result = self.run_to_end("filter", "--events", "-", given=f"{token(1)}\n{token(1)}\n".encode())
            found = [json.loads(line)["fingerprint"] for line in result.err.splitlines()]
            self.assertEqual(len(set(found)), 1)
            names.append(found[0])
        self.assertNotEqual(*names)

    def test_a_full_disk_does_not_stop_data(self):
        given = "".join(f"{token(i % 5)}\n" for i in range(500)).encode()
        os.symlink("/dev/full", self.path("full"))
        result = self.run_to_end("filter", "--events", "full", given=given)
        self.assertEqual((result.code, result.out), (0, f"{GONE}\n" * 500))
        self.assertIn("500 events were dropped", result.err)

    def test_required_events_hold_data_back(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, 1031, 4096)
        os.write(writer, b"." * 4096)  # full: nobody reads
        process = subprocess.Popen([self.program, "filter", "--events", f"fd:{writer}", "--events=required"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                                   pass_fds=[writer], **self.settings())
        self.addCleanup(self.end, process)
        os.close(writer)
        process.stdin.write(b"clean\n")
        self.wait_for(process.stdout, "clean\n")
        process.stdin.write(f"{token(1)}\n".encode())
        self.assertFalse(select.select([process.stdout], [], [], 0.3)[0])
        os.read(reader, 4096)
        self.wait_for(process.stdout, GONE + "\n")
        self.assertIn(b'"rule":"github-pat"', os.read(reader, 4096))
        self.assertEqual(self.finish(process).code, 0)


class Ndjson(Case):
    def filtered(self, text):
        result = self.run_to_end("filter", "--ndjson", given=text.encode())
        self.assertEqual(result.code, 0)
        return result.out

    def test_values_change_and_nothing_else(self):
        before = '{ "n": 1.50, "n":1e3,"s" :"%s\\u0041\\/", "k":[true,null,-0.0 ] }'
        self.assertEqual(self.filtered((before % (token(1) + " ")) + "\n"), (before % (GONE + " ")) + "\n")

    def test_escapes_are_seen_through_and_never_cut(self):
        secret = token(3)
        coded = "".join(f"\\u{ord(c):04x}" for c in secret)
        for inside in (f"\\n{secret}\\n", f"\\t{coded}\\t", f"\\\"{secret}\\\"", f"{{\\\"t\\\":\\\"{secret}\\\"}}"):
            line = f'{{"a":"{inside} tail"}}'
            out = self.filtered(line + "\n")
            value = json.loads(out)["a"]
            self.assertNotIn(secret, value)
            self.assertIn(GONE, value)
            self.assertTrue(value.endswith(" tail"))

    def test_a_bad_line_harms_no_other(self):
        good = f'{{"a":"{token(1)}"}}\n'
        for bad in ('{"a":"open\n', "{\n", "\0\n", '"\x01"\n', "plain " + token(2) + "\n", "[" * 200000 + "\n", "{]\n",
                    '{"a":"\\', '{"a":tru}\n'):
            out = self.filtered(good + bad + ("" if bad.endswith("\n") else "\n") + good)
            lines = out.split("\n")
            self.assertEqual(json.loads(lines[0]), {"a": GONE})
            self.assertEqual(json.loads(lines[-2]), {"a": GONE})
            self.assertNotIn(token(2), out)

    def test_what_is_blocked_is_still_json(self):
        policy = self.write("p.toml", "[default]\naction = 'block'\n")
        given = f'{{"a":"{token(1)}"}}\n{{}}\n'.encode()
        result = self.run_to_end("filter", "--ndjson", "--policy", policy, given=given)
        self.assertEqual([json.loads(line) for line in result.out.splitlines()], [{"blocked": "github-pat"}, {}])


class Rsyslog(Case):
    """The real daemon: messages come through its socket, and what it writes is looked at."""

    def daemon(self, actions):
        rsyslogd = shutil.which("rsyslogd", path=os.environ["PATH"] + ":/usr/sbin")
        self.assertIsNotNone(rsyslogd, "rsyslogd is missing")
        self.write("conf", f"""
            global(workDirectory="{self.folder}")
            module(load="imuxsock" SysSock.Use="off")
            module(load="mmexternal")
            module(load="omprog")
            input(type="imuxsock" Socket="{self.path('log')}" CreatePath="on" RateLimit.Interval="0")
            template(name="plain" type="string" string="%msg%\\n")
            {actions}
        """)
        process = subprocess.Popen([rsyslogd, "-n", "-f", self.path("conf"), "-i", self.path("pid"), "-u", "0077"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **self.settings())
        self.addCleanup(self.end, process)
        until(lambda: os.path.exists(self.path("log")) or process.poll() is not None)
        if process.poll() is not None:
            self.fail(process.stderr.read().decode())
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.connect(self.path("log"))
        return process

    def say(self, message):
        self.socket.send(f"<13>Nov 21 11:00:00 app: {message}".encode())

    def lines_now(self, name):
        if not os.path.exists(self.path(name)):
            return []
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return [line.strip() for line in file.read().splitlines()]

    def lines_of(self, name, count):
        until(lambda: len(self.lines_now(name)) >= count)
        return self.lines_now(name)

    def test_messages_are_redacted_and_a_death_leaks_none(self):
        self.daemon(f"""
            action(type="mmexternal" binary="{self.program} filter --rsyslog-mm" interface.input="msg")
            if $!staunch == "ok" then action(type="omfile" file="{self.path('out')}" template="plain")
            else action(type="omfile" file="{self.path('quarantine')}" template="plain")
        """)
        for i in range(20):
            self.say(f"message {i} \"quoted\" {token(i)}")
        wanted = [f'message {i} "quoted" {GONE}' for i in range(20)]
        self.assertEqual(self.lines_of("out", 20), wanted)
        # kill -9 of the helper again and again while messages come: none is lost, and none leaves as it was.
        for i in range(20, 60):
            self.say(f"message {i} \"quoted\" {token(i)}")
            if i % 10 == 0:
                for pid in self.helpers():
                    os.kill(pid, signal.SIGKILL)
        until(lambda: len(self.lines_now("out")) + len(self.lines_now("quarantine")) >= 60)
        out, kept = self.lines_now("out"), self.lines_now("quarantine")
        for line in out:
            self.assertIn(GONE, line)
        numbers = sorted(int(line.split()[1]) for line in out + kept)
        self.assertEqual(numbers, list(range(60)))

    def helpers(self, mode=b"--rsyslog-mm"):
        found = []
        for name in os.listdir("/proc"):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if words[:3] == [self.program.encode(), b"filter", mode]:
                with open(f"/proc/{name}/stat") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
                with open(self.path("pid")) as file:
                    if parent == int(file.read()):
                        found.append(int(name))
        return found

    def test_a_sink_confirms_what_it_has_written(self):
        self.daemon(f"""
            action(type="omprog" binary="{self.program} filter --omprog --output {self.path('out')}" template="plain"
                   confirmMessages="on")
        """)
        for i in range(50):
            self.say(f"message {i} {token(i)}")
        self.assertEqual(self.lines_of("out", 50), [f"message {i} {GONE}" for i in range(50)])

    def test_a_sink_that_dies_loses_nothing(self):
        self.daemon(f"""
            action(type="omprog" binary="{self.program} filter --omprog --output {self.path('out')}" template="plain"
                   confirmMessages="on" action.resumeInterval="1" action.resumeRetryCount="-1")
        """)
        self.say(f"message 0 {token(0)}")
        self.lines_of("out", 1)
        for i in range(1, 40):
            self.say(f"message {i} {token(i)}")
            if i % 13 == 0:
                for pid in self.helpers(b"--omprog"):
                    with contextlib.suppress(ProcessLookupError):  # rsyslogd may have ended it by now
                        os.kill(pid, signal.SIGKILL)
        wanted = {f"message {i} {GONE}" for i in range(40)}
        until(lambda: wanted <= set(self.lines_now("out")))
        self.assertEqual(set(self.lines_now("out")), wanted)  # what was not confirmed may stand there twice

    def test_the_words_of_both_protocols(self):
        result = self.run_to_end("filter", "--rsyslog-mm", given=f'clean "x"\n{token(1)} \\ "y"\t\n\n'.encode())
        replies = [json.loads(line) for line in result.out.splitlines()]
        ok = {"staunch": "ok"}
        self.assertEqual(replies, [{"$!": ok}, {"msg": f'{GONE} \\ "y"\t', "$!": ok}, {"$!": ok}])
        self.assertEqual(result.err, "")
        result = self.run_to_end("filter", "--omprog", "-o", "sink", given=f"one {token(1)}\ntwo\n".encode())
        self.assertEqual(result.out, "OK\nOK\nOK\n")
        with open(self.path("sink")) as file:
            self.assertEqual(file.read(), f"one {GONE}\ntwo\n")

    def test_a_sink_that_is_full_confirms_nothing(self):
        result = self.run_to_end("filter", "--omprog", "-o", "/dev/full", given=b"one\n")
        self.assertEqual(result.out.splitlines()[0], "OK")
        self.assertIn("No space left", result.out.splitlines()[1])


if __name__ == "__main__":
    main()
