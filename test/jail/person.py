# A user at a terminal: runs a program on a pseudo-terminal, waits for its
# output, and types. Reads {"argv": […], "env": {…}, "acts": [[wait, what]…]}
# from its argument, where `what` is text to type or the name of a signal to
# send, and prints the output as JSON.
import fcntl
import json
import os
import select
import signal
import sys
import termios
import time

asked = json.loads(sys.argv[1])
master, slave = os.openpty()
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.closerange(3, 256)
    os.execvpe(asked['argv'][0], asked['argv'], asked['env'])

output = ''
until = time.monotonic() + 60


def listen(seconds):
    global output
    ready, _, _ = select.select([master], [], [], seconds)
    if ready:
        output += os.read(master, 65536).decode('utf-8', 'replace')
    return bool(ready)


def echoes():
    return bool(termios.tcgetattr(slave)[3] & termios.ECHO)


hidden = True
at = 0
for wait, what in asked['acts']:
    while wait not in output[at:] and time.monotonic() < until:
        listen(0.05)
    at = output.find(wait, at) + len(wait)
    hidden = hidden and not echoes()
    if what in signal.Signals.__members__:
        # The kernel delivers input later, and echoes it by the mode at that
        # time.
        time.sleep(0.3)
        os.kill(pid, signal.Signals[what])
    else:
        os.write(master, what.encode())

done = 0
while done == 0 and time.monotonic() < until:
    listen(0.02)
    done, status = os.waitpid(pid, os.WNOHANG)
if done == 0:
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
while listen(0.05):
    pass
after = termios.tcgetattr(slave)
print(json.dumps({
    'output': output,
    'code': os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
    'signal': signal.Signals(os.WTERMSIG(status)).name
    if os.WIFSIGNALED(status) else None,
    'hidden': hidden,
    'restored': after == before,
}))
