#!/usr/bin/env python3
"""The Debian packages, installed and removed: package.py BUILD

They are made of this build, as it is, and go into an empty root by dpkg: twice over one another, the programs are started
there, and when the packages are removed nothing of them is left.
"""
import pathlib
import subprocess
import sys
import tempfile

build = pathlib.Path(sys.argv[1]).resolve()
folder = tempfile.TemporaryDirectory(prefix="staunch-package-")
root = pathlib.Path(folder.name) / "root"
PACKAGES = ["libstaunch-dev", "libstaunch0", "staunch"]


def run(*command, expect=0, **settings):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **settings)
    assert result.returncode == expect, (command, result.returncode, result.stdout[-3000:], result.stderr[-3000:])
    return result.stdout


def dpkg(*words):
    # What they depend on is installed on this machine and not in the empty root.
    return run("dpkg", f"--root={root}", "--force-depends", "--force-not-root", "--force-script-chrootless", "--log=/dev/null", *words)


def files():
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() and "var/lib/dpkg" not in str(path)}


def main():
    made = pathlib.Path(folder.name)
    run("cpack", "--config", build / "CPackConfig.cmake", "-B", made, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=made)
    debs = sorted(made.glob("*.deb"))
    assert [deb.name.split("_")[0] for deb in debs] == PACKAGES, debs
    depends = {name: run("dpkg-deb", "--field", deb, "Depends") for name, deb in zip(PACKAGES, debs)}
    assert "libc6" in depends["staunch"] and "libtbb12" in depends["staunch"] and "libre2" in depends["libstaunch0"]
    assert "libstaunch0 (=" in depends["libstaunch-dev"]
    for deb in debs:
        owners = {line.split()[1] for line in run("dpkg-deb", "--contents", deb).splitlines()}
        modes = {line.split()[0] for line in run("dpkg-deb", "--contents", deb).splitlines()}
        assert owners == {"root/root"} and modes <= {"drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x", "lrwxrwxrwx"}, (owners, modes)

    for part in ("var/lib/dpkg/info", "var/lib/dpkg/updates"):
        (root / part).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    (root / "var/lib/dpkg/available").touch()
    for _ in range(2):
        dpkg("-i", *debs)
    installed = files()
    for name in PACKAGES:  # as it lies there: CPack counts what a symbolic link leads to as well
        listed = [root / line.lstrip("/") for line in dpkg("-L", name).splitlines()]
        size = sum(path.lstat().st_size for path in listed if not path.is_dir())
        print(f"{name}: {size / 1e6:.1f} MB installed")
    for name in ("usr/bin/staunch", "usr/libexec/staunch/staunch-serve", "usr/libexec/staunch/staunch-respond",
                 "usr/share/man/man1/staunch.1.gz", "usr/share/bash-completion/completions/staunch", "usr/include/staunch.h",
                 "usr/share/zsh/vendor-completions/_staunch", "usr/share/fish/vendor_completions.d/staunch.fish",
                 "usr/share/doc/staunch/copyright", "usr/share/doc/libstaunch0/copyright"):
        assert name in installed, name
    program = root / "usr/bin/staunch"
    assert run(program, "version").startswith("staunch 0.")
    for word in ("serve", "verify"):  # programs of their own beside it
        assert "--help" in run(program, word, "--help")
    (made / "clean").mkdir()
    assert "nothing found" in run(program, "dir", made / "clean")
    assert "STAUNCH" in run("man", "-l", root / "usr/share/man/man1/staunch.1.gz", env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}) \
        if pathlib.Path("/usr/bin/man").exists() else True
    (library,) = root.rglob("libstaunch.so.0")
    assert "not found" not in run("ldd", library)

    dpkg("--purge", *PACKAGES)
    assert files() == set(), files()
    print("installed twice, started and removed")


main()
