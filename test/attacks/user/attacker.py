"""What a user of a jail tries while root runs cook there.

ORDERS is JSON with the attacks, each as its kind and its object. Each is a
process. It prints `ready N`, attacks until the first SIGTERM, prints `stopped
N`, and takes back what it has planted at the second. It deletes nothing before:
what root may have written there can still be looked at. A line that begins with
`won` says what root should have prevented.
"""

import os
import random
import signal
import time
import traceback

from common import ORDERS, say
from files import Flip, Log, Named, Pids, Times
from others import Alike, Listen, Read, Write

KINDS = {
    each.__name__.lower(): each
    for each in (Alike, Flip, Listen, Log, Named, Pids, Read, Times, Write)
}


def attack(number, kind, what):
    """The life of one attack."""
    signals = []
    signal.signal(signal.SIGTERM, lambda *_: signals.append(1))
    attack = KINDS[kind](what)
    say("ready", number)
    while not signals:
        attack.step()
        time.sleep(random.random() * attack.pause)
    attack.stop()
    say("stopped", number)
    while len(signals) < 2:
        time.sleep(0.02)
    attack.undo()


def begin(number, kind, what):
    """A process for one attack."""
    child = os.fork()
    if child == 0:
        try:
            attack(number, kind, what)
        except BaseException:
            say("failed", number, kind, repr(traceback.format_exc()))
        finally:
            os._exit(0)
    return child


def main():
    children = [
        begin(number, *each) for number, each in enumerate(ORDERS["attacks"])
    ]

    def tell(*_):
        for child in children:
            os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, tell)
    living = dict(enumerate(children))
    while living:
        for number, child in [*living.items()]:
            # WNOWAIT: nobody else gets its pid before all have ended.
            flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
            if os.waitid(os.P_PID, child, flags) is not None:
                say("ended", number)
                del living[number]
        time.sleep(0.02)


main()
