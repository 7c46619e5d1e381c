"""How a person begins a rotation: a dry run, then exactly its plan with its code. And a signed yes where nobody is there."""
import json
import pathlib
import subprocess

AGREED = {"--plan", "--approval"}


def agreed(run, words):
    """`words` of a live run with the plan that run(...), which takes words and tells how it ended, shows now."""
    if "--live" not in words or AGREED & set(words):
        return list(words)
    shown = run(*[word for word in words if word not in ("--live", "--wait", "--take", "--if-due")])
    plans = [line.split()[1] for line in shown.stdout.decode().splitlines() if line.startswith("plan ")]
    return [*words, "--plan", plans[0], "--code", plans[0][:6]] if plans else list(words)


class Approver:
    """Ed25519 keys and signatures as the program's own page says to make them, by openssl."""

    def __init__(self, folder):
        self.folder, self.key = pathlib.Path(folder), pathlib.Path(folder) / "approver.pem"
        self.openssl("genpkey", "-algorithm", "ed25519", "-out", str(self.key))
        self.public = self.openssl("pkey", "-in", str(self.key), "-pubout", "-outform", "DER")[-32:].hex()

    def openssl(self, *words):
        return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout

    def sign(self, digest, path, until="2099-01-01T00:00:00Z"):
        pathlib.Path(path).write_text(json.dumps({"approves": digest, "until": until, "by": "head of security"}))
        self.openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(self.key), "-in", str(path), "-out", str(path) + ".sig")
        return pathlib.Path(path)
