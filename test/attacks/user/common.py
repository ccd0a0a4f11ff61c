"""What all attacks share: their orders, and how they report."""

import contextlib
import json
import os

ORDERS = json.loads(os.environ["ORDERS"])
ME = os.getuid()
ESCAPES = "\x1b]0;owned\x07\x1b[31m\x9b2J"
EXPORTS = "".join(f'export "{line}"\n' for line in ORDERS["exports"])

# Without the parameters: cook may quote a log, but must believe no file.
TEXT = f"{ORDERS['marker']} {ESCAPES}\n4711\n"
NOTHING = contextlib.suppress(OSError)


def say(*words):
    """One line, whole, although several processes write."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class Attack:
    """Steps until it is stopped; undo takes back what it has planted."""

    # Seconds between steps at most: few attacks have to be quick, and if all
    # were, Synapse would never be healthy on a small machine.
    pause = 0.005

    def step(self):
        raise NotImplementedError

    def stop(self):
        pass

    def undo(self):
        pass
