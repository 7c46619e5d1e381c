"""A port of loopback for a program that must be told one. It is none of those that the kernel gives away by itself,
which tests beside this one take all the time."""
import random
import socket

chosen = random.SystemRandom()


def free_port():
    while True:
        port = chosen.randrange(10_000, 32_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
            return port
        except OSError:
            pass
