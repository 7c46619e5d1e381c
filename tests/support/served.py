"""A running server, and clients that say what they like to it. For the scripts in tests/integration."""
import http.client
import json
import os
import signal
import socket
import subprocess

from outside import Case, WAIT, until

CUT = "[REDACTED:github-pat]"
BLOCK = '[[when]]\nrules = ["github-pat"]\naction = "block"\n'


def replaced(value, secrets):
    """The same document with the secrets replaced, in names too."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, CUT)
        return value
    if isinstance(value, list):
        return [replaced(each, secrets) for each in value]
    if isinstance(value, dict):
        return {replaced(k, secrets): replaced(v, secrets) for k, v in value.items()}
    return value


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Served(Case):
    """serve() starts one; what it is asked is answered by ask(), or byte by byte by a Talk."""

    def serve(self, *arguments, listen="127.0.0.1:0", wait=True):
        port_file = self.path("port")
        if os.path.exists(port_file):
            os.remove(port_file)
        self.server = self.start("serve", "--listen", listen, "--port-file", port_file, *arguments,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if not wait:
            return self.server
        until(lambda: os.path.exists(port_file) or self.server.poll() is not None)
        if self.server.poll() is not None:
            self.fail(f"it does not start: {self.server.stderr.read()!r}")
        with open(port_file) as file:
            self.port = int(file.read())
        return self.server

    def policy(self, text):
        return self.path(self.write("policy.toml", text))

    def ask(self, method, target, body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        self.addCleanup(connection.close)
        if isinstance(body, (dict, list)):
            body, headers = json.dumps(body), {"Content-Type": "application/json", **dict(headers)}
        try:
            connection.request(method, target, body, dict(headers))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was refused before all of it was sent: the answer is there
        answer = connection.getresponse()
        reply = Reply(answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read())
        connection.close()
        return reply

    def post(self, target, body, kind="application/json", **headers):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        return self.ask("POST", target, body, {"Content-Type": kind,
                                               **{k.replace("_", "-"): v for k, v in headers.items()}})

    def talk(self, **how):
        talk = Talk(self.port, **how)
        self.addCleanup(talk.close)
        return talk

    def raw(self, data):
        """What is answered to these bytes: statuses, and whether the connection was closed behind them."""
        talk = self.talk()
        talk.send(data)
        return talk

    def metric(self, line):
        """Its value now, 0 where nothing was counted. A server that is full is asked again."""
        text = until(lambda: (reply := self.ask("GET", "/metrics")).status == 200 and reply.body.decode())
        for each in text.splitlines():
            if each.startswith(line + " "):
                return float(each.split(" ")[-1])
        return 0

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        code = self.server.wait(WAIT)
        return code, self.server.stderr.read().decode()


class Talk:
    def __init__(self, port, small=False):
        """`small`: the kernel takes next to nothing that is not read."""
        self.socket = socket.socket()
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(WAIT)
        self.socket.connect(("127.0.0.1", port))
        self.buffer = b""

    def close(self):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def fill(self):
        try:
            got = self.socket.recv(65536)
        except ConnectionResetError:
            got = b""
        self.buffer += got
        return bool(got)

    def reply(self):
        """The next answer; None where the connection ends before it."""
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill():
                assert not self.buffer, self.buffer
                return None
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        status = int(lines[0].split(" ")[1])
        length = 0 if status == 100 else int(headers["content-length"])
        while len(rest) < length:
            if not self.fill():
                raise AssertionError("the answer was cut")
            rest = self.buffer.partition(b"\r\n\r\n")[2]
        self.buffer = rest[length:]
        return Reply(status, headers, rest[:length])

    def ended(self):
        """Waits for the end; nothing may come before it."""
        while self.fill():
            pass
        return not self.buffer
