"""A PostgreSQL of Debian in a folder of its own, on a port of loopback, for one test."""
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
import time

from ports import free_port


def programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return os.path.dirname(found[-1]) if found else None


class Postgres:
    def __init__(self, password):
        self.programs = programs()
        self.folder = tempfile.mkdtemp(prefix="staunch-pg-")
        self.password = password
        # The server does not run as root; then it is the user that Debian makes for it.
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.port = free_port()
        secret = os.path.join(self.folder, "password")
        with open(secret, "w") as file:
            file.write(password)
        os.chmod(secret, 0o644)
        self.data = os.path.join(self.folder, "data")
        self.run("initdb", "-D", self.data, "-U", "boss", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8",
                 "--no-sync", "--locale", "C.UTF-8", "--lc-messages", "C")
        os.remove(secret)
        log = open(os.path.join(self.folder, "log"), "wb")
        self.server = subprocess.Popen(self.words("postgres", "-D", self.data, "-p", str(self.port), "-h", "127.0.0.1",
                                                  "-k", self.folder, "-c", "fsync=off", "-c", "log_statement=all",
                                                  "-c", "log_connections=on"),
                                       stdout=subprocess.DEVNULL, stderr=log, **self.how())
        log.close()
        until = time.monotonic() + 240
        while subprocess.run([self.programs + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            assert time.monotonic() < until and self.server.poll() is None, self.log()
            time.sleep(0.05)

    def how(self):
        return dict(user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[],
                    cwd=self.folder) if self.user else {}

    def words(self, program, *rest):
        return [os.path.join(self.programs, program), *rest]

    def run(self, program, *rest):
        subprocess.run(self.words(program, *rest), check=True, stdout=subprocess.DEVNULL, **self.how())

    def environment(self, password):
        return {"PATH": os.environ["PATH"], "PGPASSWORD": password, "PGCONNECT_TIMEOUT": "120"}

    def sql(self, text, role="boss", password=None, database="postgres"):
        """What psql answers, line by line; raises where the server refuses."""
        done = subprocess.run(["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
                               str(self.port),
                               "-U", role, "-d", database, "-c", text], env=self.environment(password or self.password),
                              capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    def may_log_in(self, role, password):
        try:
            return self.sql("SELECT 1", role, password) == ["1"]
        except subprocess.CalledProcessError:
            return False

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as file:
            return file.read()

    def close(self):
        self.server.terminate()
        try:
            self.server.wait(60)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
