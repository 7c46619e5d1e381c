"""Servers of databases that are not what they should be: each connection is given to a script, and what came is kept.

MySQL's packets are written after https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html.
"""
import hashlib
import socket
import socketserver
import ssl
import struct
import threading


class Double:
    """Listens on loopback; `script(connection)` speaks, with connection.take(n), .put(bytes) and .begin_tls()."""

    def __init__(self, script, certificate=None):
        double = self
        self.came, self.connections, self.wrong = b"", 0, []

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                double.connections += 1
                connection = Connection(self.request, double, certificate)
                try:
                    script(connection)
                except (OSError, EOFError):
                    pass  # the client went away
                except Exception as error:  # the script's own mistake: told by close()
                    double.wrong.append(repr(error))
                connection.raw.close()

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        assert not self.wrong, self.wrong


class Connection:
    def __init__(self, raw, double, certificate):
        self.raw, self.double, self.certificate = raw, double, certificate

    def begin_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate[1:])
        self.raw = context.wrap_socket(self.raw, server_side=True)

    def put(self, data):
        self.raw.sendall(data)

    def take(self, size):
        data = b""
        while len(data) < size:
            more = self.raw.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
            self.double.came += more
        return data

    def take_line(self):
        line = b""
        while not line.endswith(b"\r\n"):
            line += self.take(1)
        return line[:-2]

    def rest(self):
        """Everything until the client goes."""
        while True:
            self.take(1)

    # MySQL
    def packet(self, number, payload):
        self.put(struct.pack("<I", len(payload))[:3] + bytes([number]) + payload)

    def take_packet(self):
        head = self.take(4)
        return head[3], self.take(int.from_bytes(head[:3], "little"))

    def greet(self, plugin=b"mysql_native_password", tls=False):
        can = 0x0028A20B | (0x800 if tls else 0)  # protocol 4.1, secure connection, plugins and their long data
        self.nonce = b"0123456789abcdefghij"
        self.packet(0, b"\x0a8.4.0\0" + struct.pack("<I", 7) + self.nonce[:8] + b"\0" + struct.pack("<H", can & 0xFFFF) +
                    b"\x2d" + struct.pack("<HH", 2, can >> 16) + bytes([21]) + bytes(10) + self.nonce[8:] + b"\0" +
                    plugin + b"\0")

    def take_login(self):
        """Number of the packet, user, and what answers the nonce; TLS has begun where the client wants it."""
        number, payload = self.take_packet()
        if len(payload) == 32:
            self.begin_tls()
            number, payload = self.take_packet()
        user, rest = payload[32:].split(b"\0", 1)
        return number, user, rest[1:1 + rest[0]]

    def refuse(self, number, code, text):
        self.packet(number, b"\xff" + struct.pack("<H", code) + b"#28000" + text)

    def welcome(self, number):
        self.packet(number, b"\0\0\0\x02\0\0\0")


def sha2_scramble(password, nonce):
    def sha(data):
        return hashlib.sha256(data).digest()
    return bytes(a ^ b for a, b in zip(sha(password), sha(sha(sha(password)) + nonce)))


def silent(connection):
    connection.rest()


def gone(connection):
    connection.raw.shutdown(socket.SHUT_RDWR)


def noise(connection):
    connection.put(bytes(range(256)) * 16)
    connection.rest()
