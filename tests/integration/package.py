#!/usr/bin/env python3
"""The Debian packages, installed and removed: package.py BUILD

They are made of this build, as it is, and go into an empty root by dpkg: twice over one another, the programs are
started there, and when the packages are removed nothing of them is left.
"""
import json
import os
import pathlib
import re
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
    return run("dpkg", f"--root={root}", "--force-depends", "--force-not-root", "--force-script-chrootless",
               "--log=/dev/null", *words)


def files():
    return {str(path.relative_to(root)) for path in root.rglob("*")
            if not path.is_dir() and "var/lib/dpkg" not in str(path)}


def materials_are_right():
    """The bill of materials: well formed, and with the package of every library that the dynamic linker finds."""
    bill = json.loads((root / "usr/share/doc/staunch/staunch.spdx.json").read_text())
    assert bill["spdxVersion"] == "SPDX-2.3" and bill["dataLicense"] == "CC0-1.0"
    assert bill["SPDXID"] == "SPDXRef-DOCUMENT"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bill["creationInfo"]["created"]), bill["creationInfo"]
    ids = [package["SPDXID"] for package in bill["packages"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", each) for each in ids), ids
    for relation in bill["relationships"]:
        assert {relation["spdxElementId"], relation["relatedSpdxElement"]} <= {*ids, "SPDXRef-DOCUMENT"}, relation
    linked = {relation["relatedSpdxElement"] for relation in bill["relationships"]
              if relation["relationshipType"] == "DYNAMIC_LINK"}
    versions = {package["name"]: package["versionInfo"] for package in bill["packages"] if package["SPDXID"] in linked}
    needed = set()
    for program in ("bin/staunch", "libexec/staunch/staunch-serve", "libexec/staunch/staunch-respond"):
        for library in re.findall(r"=> (/\S+)", run("ldd", root / "usr" / program)):
            name = os.path.realpath(library)
            done = subprocess.run(["dpkg", "-S", name, name.removeprefix("/usr")], capture_output=True, text=True,
                                  check=False)
            needed.add(done.stdout.split(":")[0])
    for name in needed:
        (version,) = set(run("dpkg-query", "-W", "-f", "${Version}\n", name).split())
        assert versions.get(name) == version, (name, version, versions.get(name))
    assert "libc6" in needed and len(needed) > 5, needed
    print(f"{len(ids)} materials, of which {len(needed)} are linked")


def packages(made, *options):
    """Made of the build; the time is given, so two runs give the same bytes."""
    made.mkdir()
    run("cpack", "--config", build / "CPackConfig.cmake", "-B", made, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip",
        *options,
        cwd=made, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
    return sorted(made.glob("*.deb"))


def main():
    os.umask(0o022)  # what CPack makes folders with, as cmake/package.sh has it
    made = pathlib.Path(folder.name)
    debs = packages(made / "first")
    again = packages(made / "second", "-D", "CPACK_COMPONENTS_ALL=library;development")
    assert [deb.name for deb in again] == [deb.name for deb in debs[:2]], again
    for one, other in zip(debs, again):
        assert one.read_bytes() == other.read_bytes(), f"{one.name} differs from run to run"
    assert [deb.name.split("_")[0] for deb in debs] == PACKAGES, debs
    depends = {name: run("dpkg-deb", "--field", deb, "Depends") for name, deb in zip(PACKAGES, debs)}
    assert "libc6" in depends["staunch"] and "libtbb12" in depends["staunch"] and "libmariadb3" in depends["staunch"]
    assert "libre2" in depends["libstaunch0"]
    assert "libstaunch0 (=" in depends["libstaunch-dev"]
    for deb in debs:
        owners = {line.split()[1] for line in run("dpkg-deb", "--contents", deb).splitlines()}
        modes = {line.split()[0] for line in run("dpkg-deb", "--contents", deb).splitlines()}
        known_modes = {"drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x", "lrwxrwxrwx"}
        assert owners == {"root/root"} and modes <= known_modes, (owners, modes)

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
                 "usr/share/man/man1/staunch.1.gz", "usr/share/bash-completion/completions/staunch",
                 "usr/include/staunch.h",
                 "usr/share/zsh/vendor-completions/_staunch", "usr/share/fish/vendor_completions.d/staunch.fish",
                 "usr/share/doc/staunch/copyright", "usr/share/doc/libstaunch0/copyright"):
        assert name in installed, name
    program = root / "usr/bin/staunch"
    assert run(program, "version").startswith("staunch 0.")
    for path in [program, *(root / "usr/libexec/staunch").iterdir(),
                 *root.rglob("libstaunch.so.0.*")]:  # where it was built
        for place in (build, pathlib.Path(__file__).resolve().parents[2]):
            assert len(str(place)) < 8 or str(place).encode() not in path.read_bytes(), (path, place)
    materials_are_right()
    for word in ("serve", "verify"):  # programs of their own beside it
        assert "--help" in run(program, word, "--help")
    (made / "clean").mkdir()
    assert "nothing found" in run(program, "dir", made / "clean")
    assert "STAUNCH" in run("man", "-l", root / "usr/share/man/man1/staunch.1.gz",
                            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}) \
        if pathlib.Path("/usr/bin/man").exists() else True
    (library,) = root.rglob("libstaunch.so.0")
    assert "not found" not in run("ldd", library)

    dpkg("--purge", *PACKAGES)
    assert files() == set(), files()
    print("installed twice, started and removed")


main()
