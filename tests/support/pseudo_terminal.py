"""
Runs a program on a pseudo-terminal of its own, which becomes its controlling terminal, for pseudo_terminal.ts.

    python3 pseudo_terminal.py COLUMNS ROWS PROGRAM [ARGUMENT ...]

What the program writes leaves on standard output as it is. Standard input takes a JSON object a line: {"send": TEXT},
{"resize": [COLUMNS, ROWS]} or {"signal": NUMBER}; when it ends the program is killed. Exits with the program's exit code,
or 128 and its signal.
"""
import fcntl
import json
import os
import pty
import selectors
import struct
import subprocess
import sys
import termios


def set_size(descriptor, columns, rows):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def become_controlling():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


def main():
    columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    ours, theirs = pty.openpty()
    set_size(theirs, columns, rows)
    child = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=become_controlling
    )
    os.close(theirs)
    selector = selectors.DefaultSelector()
    selector.register(ours, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    rest = b""
    while True:
        for key, _ in selector.select():
            if key.fd == ours:
                try:
                    data = os.read(ours, 65536)
                except OSError:  # EIO: nobody has the terminal open any more
                    data = b""
                if not data:
                    code = child.wait()
                    return code if code >= 0 else 128 - code
                write_all(1, data)
                continue
            data = os.read(0, 65536)
            if not data:
                child.kill()
                child.wait()
                return 1
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                order = json.loads(line)
                if "send" in order:
                    write_all(ours, order["send"].encode())
                elif "resize" in order:
                    set_size(ours, *order["resize"])
                elif child.poll() is None:
                    child.send_signal(order["signal"])


sys.exit(main())
