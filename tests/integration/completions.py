#!/usr/bin/env python3
"""Completions in real shells, and the manual page: completions.py PROGRAM

bash, zsh and fish are given the beginning of a command line and asked what may follow; groff reads the manual page.
"""
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

program = pathlib.Path(sys.argv[1]).resolve()
folder = tempfile.TemporaryDirectory(prefix="staunch-complete-")
root = pathlib.Path(folder.name)
env = {"PATH": f"{program.parent}:/usr/bin:/bin", "HOME": str(root), "TERM": "dumb", "LANG": "C.UTF-8"}

# A line, and what it may (and may not) go on with.
CASES = [("staunch di", {"dir"}, {"git"}), ("staunch rules ", {"list", "import"}, {"git", "dir"}),
         ("staunch dir --excl", {"--exclude"}, {"--explain"}), ("staunch rules import --fr", {"--from"}, set()),
         ("staunch git --report-format s", {"sarif"}, {"json"}),
         ("staunch git --min-confidence ", {"low", "high"}, {"sarif"}),
         ("staunch rules import --from kin", {"kingfisher"}, {"gitleaks"}),
         ("staunch git -c ru", {"rules.toml"}, {"rules"}),
         ("staunch report fou", {"found.jsonl"}, set()), ("staunch dir --help-a", set(), {"--help-all"}),
         ("staunch man", set(), {"manual"}),
         # what the programs beside it know
         ("staunch serve --max-b", {"--max-body-megabytes"}, {"--max-held-megabytes"}),
         ("staunch incident ", {"open", "watch"}, {"dir"}),
         ("staunch incident open --expo", {"--exposure"}, set()),
         ("staunch verify --report-format ", {"text", "jsonl"}, {"sarif"}),
         ("staunch revoke --policy ru", {"rules.toml"}, {"rules"})]


def run(*command, stdin=b""):
    return subprocess.run(command, cwd=root, env=env, input=stdin, capture_output=True, check=True).stdout.decode()


def bash(line):
    words = line.split(" ")
    script = f"""source bash.sh; COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}
                 _staunch; printf '%s\\n' "${{COMPREPLY[@]}}" """
    return run("bash", "-c", script).split()


def fish(line):
    answers = run("fish", "-c", f"source staunch.fish; complete -C '{line}'").splitlines()
    return [answer.split("\t")[0].strip() for answer in answers]


class Zsh:
    """An interactive one, as completion works in no other."""
    def __init__(self):
        (root / ".zshrc").write_text("PS1='READY> '\nfpath=($HOME $fpath)\nautoload -U compinit\ncompinit -u -D\n"
                                     "LISTMAX=1000\nsetopt no_auto_menu no_list_beep\n")
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(root)
            os.execve("/usr/bin/zsh", ["zsh", "-i"],
                      {**env, "TERM": "xterm", "COLUMNS": "200", "LINES": "60", "ZDOTDIR": str(root)})
        self.text = ""
        self.until(lambda: "READY>" in self.text)

    def until(self, done, patience=240.0):
        end = time.monotonic() + patience
        while not done() and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.05)[0]:
                self.text += os.read(self.terminal, 1 << 16).decode(errors="replace")
        return done()

    def words(self, line):
        self.text = ""
        # ^D at the end of a line lists; ^U takes the line away; a marker is echoed when all that is done.
        os.write(self.terminal, line.encode() + b"\x04\x15print -r D''ONE\r")
        if not self.until(lambda: re.search(r"DONE\r*\n.*READY>", self.text, re.S)):
            raise TimeoutError(self.text)
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x1f]", " ", self.text)
        return plain.replace(line, " ").split()

    def close(self):
        os.close(self.terminal)


def main():
    (root / "rules.toml").touch()
    (root / "found.jsonl").touch()
    for shell, name in (("bash", "bash.sh"), ("zsh", "_staunch"), ("fish", "staunch.fish")):
        (root / name).write_text(run(program, "completion", shell))
        run(shell, "-n", name)
    zsh = Zsh()
    for shell, answer in (("bash", bash), ("fish", fish), ("zsh", zsh.words)):
        for line, wanted, unwanted in CASES:
            got = answer(line)
            got = {word.rstrip("=+") for word in got} | set(got)
            assert wanted <= got, (shell, line, wanted - got, got)
            assert not unwanted & got, (shell, line, unwanted & got)
        print("ok", shell)
    zsh.close()
    assert bash("staunch git --report-format = sa") == ["sarif"]  # as bash cuts --report-format=sa

    page = root / "staunch.1"
    page.write_text(run(program, "manual"))
    warned = subprocess.run(["groff", "-man", "-ww", "-z", "-K", "utf8", page], capture_output=True, check=True).stderr
    assert not warned, warned
    text = run("groff", "-man", "-T", "utf8", "-K", "utf8", "-P", "-cbou", "staunch.1")
    for command, options in (("dir", ["--exclude", "--report-format"]), ("rules import", ["--from"]),
                             ("git", ["--log-opts"]), ("serve", ["--tls-cert"]),
                             ("incident open", ["--exposure", "--from"])):
        words = run(program, *command.split(), "--help")
        for option in options:
            assert option in words and re.search(rf"{option}\b", text), option
    # What may stand behind a command is as its --help says it.
    for command in ("dir", "git", "report", "rules show", "hook", "hook commit-msg", "serve", "incident open",
                    "verify"):
        (usage,) = re.findall(r"^Usage: staunch [a-z -]*(.*)$", run(program, *command.split(), "--help"), re.M)
        usage = usage.replace("[OPTIONS]", "").replace("SUBCOMMAND", "COMMAND").split()
        told = re.search(rf"^ {{7}}staunch {command}((?: [\[A-Z].*)?)$", text, re.M)[1]
        assert told.replace("[OPTION]...", "").split() == usage, (command, told, usage)
    assert all(f"staunch {name}" in text for name in ("serve", "verify", "filter", "rules show"))
    print("ok manual")


main()
