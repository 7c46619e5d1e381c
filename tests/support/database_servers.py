"""A MariaDB and a Redis of Debian, each in a folder of its own, on a port of loopback, for one test. Both speak TLS with
the certificate that they are given, for who asks for it."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from outside import WAIT
from ports import free_port


class Server:
    def start(self, *words):
        with open(self.folder / "log", "wb") as log:
            self.program = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + WAIT
        while not self.is_ready():
            assert time.monotonic() < end and self.program.poll() is None, self.log()
            time.sleep(0.05)

    def is_ready(self):
        return self.READY in self.log()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def close(self):
        self.program.terminate()
        try:
            self.program.wait(60)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class MariaDb(Server):
    READY = "ready for connections"
    SHARED = pathlib.Path("/usr/share/mysql")

    def __init__(self, statements, certificate):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="staunch-maria-"))
        self.port = free_port()
        (self.folder / "data").mkdir()
        (self.folder / "init.sql").write_text("".join(each + ";\n" for each in statements))
        program = ["/usr/sbin/mariadbd", "--no-defaults", "--datadir=" + str(self.folder / "data"), "--skip-log-bin"]
        if os.geteuid() == 0:
            program.append("--user=root")
        tables = b"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"
        for name in ("tables", "tables_data"):
            tables += (self.SHARED / ("mysql_system_%s.sql" % name)).read_bytes()
        subprocess.run([*program, "--bootstrap"], input=tables, check=True, capture_output=True)
        ca, chain, key = certificate
        self.start(*program, "--port=%d" % self.port, "--bind-address=127.0.0.1",
                   "--socket=" + str(self.folder / "s"), "--ssl-ca=" + ca, "--ssl-cert=" + chain, "--ssl-key=" + key,
                   "--init-file=" + str(self.folder / "init.sql"))


class Redis(Server):
    READY = "Ready to accept connections"

    def __init__(self, users, certificate):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="staunch-redis-"))
        self.port, self.tls_port = free_port(), free_port()
        (self.folder / "users.acl").write_text("".join("user %s\n" % each for each in users))
        ca, chain, key = certificate
        self.start("/usr/bin/redis-server", "--port", str(self.port), "--tls-port", str(self.tls_port), "--bind", "127.0.0.1",
                   "--save", "", "--aclfile", "users.acl", "--tls-ca-cert-file", ca, "--tls-cert-file", chain,
                   "--tls-key-file", key, "--tls-auth-clients", "no")
