"""Makes the folder in which moto lives, once.   moto_venv.py FOLDER      Exits 77 where it cannot be had."""
import pathlib
import subprocess
import sys

VERSION = "5.2.5"
folder = pathlib.Path(sys.argv[1])
stamp = folder / (".moto-" + VERSION)
if not stamp.exists():
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)])
    got = made.returncode == 0 and subprocess.run([folder / "bin" / "pip", "install", "--quiet", "--retries", "10",
                                                   "moto[server]==" + VERSION])
    if not got or got.returncode != 0:
        print("moto cannot be had here")
        sys.exit(77)
    stamp.touch()
