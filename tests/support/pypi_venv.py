"""Makes a folder in which packages of PyPI live, once.   pypi_venv.py FOLDER NAME==VERSION...   Exits 77 where they cannot
be had."""
import pathlib
import subprocess
import sys

folder, packages = pathlib.Path(sys.argv[1]), sys.argv[2:]
stamp = folder / ".".join(["", *(each.split("[")[0].split("==")[0] + "-" + each.split("==")[1] for each in packages)])
if not stamp.exists():
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)])
    got = made.returncode == 0 and subprocess.run([folder / "bin" / "pip", "install", "--quiet", "--retries", "10", *packages])
    if not got or got.returncode != 0:
        print("%s cannot be had here" % " ".join(packages))
        sys.exit(77)
    stamp.touch()
