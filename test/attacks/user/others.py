"""Attacks on processes, on addresses and on what is root's."""

import os
import random
import socket
import stat
import subprocess
import sys
import time

from common import ESCAPES, ME, NOTHING, ORDERS, Attack, say


class Alike(Attack):
    """Processes whose command lines are those of services and of cook."""

    def __init__(self, _):
        self.running = []

    def step(self):
        argv = random.choice(ORDERS["alike"])
        code = ["-c", "import time; time.sleep(3600)"]
        self.running.append(
            subprocess.Popen(
                [argv[0], *code, *argv[1:]],
                executable=sys.executable,
                stdout=subprocess.DEVNULL,
            )
        )
        time.sleep(0.2)
        while len(self.running) > 5:
            self.stop(1)

    def stop(self, count=None):
        for each in self.running[:count]:
            each.kill()
            each.wait()
        del self.running[:count]


class Listen(Attack):
    """Takes an address whenever it is free, and notes what it is sent."""

    pause = 0.03

    def __init__(self, address):
        self.address = address
        self.socket = None
        self.clients = []

    def open(self):
        host, port = self.address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server = socket.socket(family)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((host, port))
            server.listen()
            server.setblocking(False)
            self.socket, self.until = server, time.monotonic() + random.random()
        except OSError:
            server.close()

    def hear(self, client):
        """Whether to go on with it."""
        try:
            data = client.recv(65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if data:
            say("won heard", *self.address, data[:400].hex())
            with NOTHING:
                client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        return bool(data)

    def step(self):
        if self.socket is None:
            return self.open()
        with NOTHING:
            client, _ = self.socket.accept()
            client.setblocking(False)
            if self.address[1] == 22:
                client.send(f"SSH-2.0-{ESCAPES}\r\n".encode())
            self.clients.append(client)
        self.clients = [each for each in self.clients if self.hear(each)]
        if time.monotonic() > self.until:
            self.stop()

    def stop(self):
        for each in [*self.clients, *([self.socket] if self.socket else [])]:
            each.close()
        self.clients, self.socket = [], None


def act(what, path, function):
    """Reports a success against a file or directory of root's."""
    with NOTHING:
        function()
        say("won", what, path)


class Write(Attack):
    """Writes, renames and creates what is root's."""

    pause = 0.3

    def __init__(self, path):
        self.path = path

    def step(self):
        path, folder = self.path, os.path.dirname(self.path)
        flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOFOLLOW
        with NOTHING:
            if os.lstat(path).st_uid != ME:
                act("write", path, lambda: os.write(os.open(path, flags), b"#"))
                act("chmod", path, lambda: os.chmod(path, 0o777))
        with NOTHING:
            facts = os.lstat(folder)
            if facts.st_uid != ME and not facts.st_mode & stat.S_ISVTX:
                act("rename", path, lambda: os.rename(path, path + ".won"))
                act("create", path, lambda: os.mkdir(path + ".planted"))


class Read(Attack):
    """Looks for secrets in all that it can read, arguments included."""

    pause = 1

    def __init__(self, folder):
        self.folder = folder

    def look(self, path):
        with NOTHING:
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
            data = os.read(file, 1 << 20)
            os.close(file)
            for name, part in ORDERS["secrets"]:
                if bytes.fromhex(part) in data:
                    say("won read", name, path)

    def step(self):
        for at, folders, names in os.walk(self.folder):
            if at == "/proc":
                folders[:] = [each for each in folders if each.isdigit()]
            elif at.startswith("/proc"):
                folders[:], names = [], ["cmdline", "environ"]
            for name in names:
                path = os.path.join(at, name)
                with NOTHING:
                    if os.lstat(path).st_uid != ME:
                        self.look(path)
