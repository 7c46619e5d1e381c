"""The ten commands of docs/respond.md, as the page has them and in its order, against moto: a key in a history, until its
incident is closed.   respond_ten.py STAUNCH MOTO_VENV
"""
import pathlib
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from aws_rotating import AwsRotating  # noqa: E402

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "respond.md"
EXIT_CODES = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]  # what leaked works at first


def commands():
    block = PAGE.read_text().split("## Ten commands to know")[1].split("```sh\n")[1].split("```")[0]
    return [shlex.split(line, comments=True)[1:] for line in block.splitlines() if line]


class Ten(AwsRotating):
    def leak(self):
        git = ["git", "-C", str(self.dir / "REPO"), "-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "init", "-q", str(self.dir / "REPO")], check=True)
        for text in ("AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n" % self.old, "# moved to the store\n"):
            (self.dir / "REPO" / "config.env").write_text(text)
            subprocess.run([*git, "add", "."], check=True)
            subprocess.run([*git, "commit", "-qm", "configuration"], check=True)

    def test_a_responder_gets_through_with_the_ten_commands(self):
        self.leak()
        self.assertEqual(len(commands()), len(EXIT_CODES))
        known = {"P": self.policy}
        for number, (words, code) in enumerate(zip(commands(), EXIT_CODES)):
            words = [known.get(word, word) for word in words]
            if number < 2:  # who needs no policy, needs one here: it leads to moto
                words += ["--verify-policy" if number == 0 else "--policy", self.policy]
            with self.subTest(" ".join(words)):
                done = self.run_staunch(*words)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                for line in done.stdout.decode().splitlines():
                    if line.startswith("plan "):
                        known["DIGEST"], known["CODE"] = line.split()[1], line.split()[1][:6]
                    elif line.startswith("incident "):
                        known["ID"] = line.split()[1]
        self.assert_rotated()
        self.assertEqual(self.run_staunch("verify", "r.jsonl", "--policy", self.policy).returncode, 0)
        self.assertEqual(self.run_staunch("incident", "close", known["ID"], "--policy", self.policy).returncode, 0)
        story = self.run_staunch("incident", "report", known["ID"], "--policy", self.policy).stdout.decode()
        for told in ("replaces " + self.old[0], "answers dead", "readers see the new value", "confirmed by: invoices"):
            self.assertIn(told, story)


if __name__ == "__main__":
    unittest.main(verbosity=1)
