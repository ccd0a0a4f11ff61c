"""Attacks in the directories of the user."""

import os
import random
import shutil
import time

from common import ESCAPES, EXPORTS, NOTHING, ORDERS, TEXT, Attack


class Flip(Attack):
    """Lets one thing after another stand at a path."""

    def __init__(self, path, target=None, text=None):
        self.path = path
        head, tail = os.path.split(path)
        self.spare = f"{head}/.spare-{tail}"
        os.mkdir(self.spare)
        self.now = "own"
        at = self.spare + "/"
        target = target or ORDERS["targets"][path.startswith("/mnt/")]
        os.symlink(target, at + "link")
        os.symlink(os.path.dirname(target), at + "folder-link")
        os.symlink("loop", at + "loop")
        os.mkfifo(at + "fifo")
        os.mkdir(at + "dir")
        with open(at + "text", "w", encoding="utf-8") as file:
            # Valid in its place, so that only its owner is against it.
            own = EXPORTS if path.startswith("/tmp/") else TEXT
            file.write(own if text is None else text)
        with NOTHING:  # root has put it there, as Linux lets no user do it
            os.rename(f"{head}/.hard-{tail}", at + "hard")
        self.names = [each for each in os.listdir(self.spare) if each != "own"]

    def put(self, name):
        with NOTHING:
            os.rename(self.path, f"{self.spare}/{self.now}")
        with NOTHING:
            os.rename(f"{self.spare}/{name}", self.path)
            self.now = name

    def step(self):
        self.put(random.choice([*self.names, "own"]))

    def undo(self):
        self.put("own")
        shutil.rmtree(self.spare)
        if self.now != "own":
            with NOTHING:
                os.unlink(self.path)


class Named(Flip):
    """The same for a file that the administrator names: a user's own is his
    word, but no file of root's is."""

    pause = 0.02

    def __init__(self, path):
        kind = "environment" if path.endswith(".env") else "secret"
        target, text = ORDERS["named"][kind]
        super().__init__(path, target, text)
        # Mostly what leads to root's.
        leading = [each for each in self.names if each in ("link", "hard")]
        self.names = [*self.names, *leading, *leading]


class Pids(Attack):
    """A pid file that names each process of root's, and others."""

    pause = 0.5

    def __init__(self, path):
        self.path = path

    def step(self):
        pids = [each for each in os.listdir("/proc") if each.isdigit()]
        others = ["0", "-1", "1", "x" * 5000, f"1\n{ESCAPES}", str(2**64)]
        # Mostly those that look like Synapse, and for long enough that root
        # could act on what it has read.
        sets = [ORDERS["pids"], ORDERS["pids"], pids, others]
        word = random.choice(random.choice(sets))
        with NOTHING, open(self.path, "w", encoding="utf-8") as file:
            file.write(word)


class Times(Attack):
    """Dates of the past and of the future."""

    pause = 0.1

    def __init__(self, folder):
        self.folder = folder

    def each(self, when):
        for name in [".", *os.listdir(self.folder)]:
            with NOTHING:
                at = when()
                path = os.path.join(self.folder, name)
                os.utime(path, (at, at), follow_symlinks=False)

    def step(self):
        now = time.time()
        self.each(lambda: now + random.choice([-1, 1]) * random.random() * 1e9)

    def undo(self):
        self.each(time.time)


class Log(Attack):
    """A log without end, full of what a terminal or a reader obeys."""

    pause = 0.1

    def __init__(self, path):
        self.path = path

    def grow(self, path, size):
        flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        with NOTHING:
            file = os.open(path, flags)
            with NOTHING:
                if size is None:
                    os.write(file, (TEXT * 50 + "x" * 100_000).encode())
                else:
                    os.ftruncate(file, size)
            os.close(file)

    def step(self):
        self.grow(self.path, random.choice([None, None, None, 3 << 30, 0]))

    def stop(self):
        # Synapse has renamed those that were too long.
        folder, base = os.path.split(self.path)
        for name in os.listdir(folder):
            if name.startswith(base):
                self.grow(os.path.join(folder, name), 0)
