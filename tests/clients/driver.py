"""What the Python drivers share: the loop over commands on standard input, bytes in JSON, members by their names."""

import base64
import json
import sys


def encode(value):
    return None if value is None else base64.b64encode(value).decode()


def decode(text):
    return None if text is None else base64.b64decode(text)


def answer(commands, line):
    """Carries out one line; its "do" names the function of `commands` that gets it."""
    command = json.loads(line)
    try:
        return {"ok": commands[command["do"]](command)}
    except Exception as error:  # The test at the other end reports it.
        return {"error": repr(error)}


def serve(commands):
    for line in sys.stdin:
        print(json.dumps(answer(commands, line)), flush=True)


class Seen:
    """What a member of a group has been given: tests ask for it while the member's own thread goes on."""

    def __init__(self):
        self.partitions = set()
        self.revoked = []
        self.assignments = 0
        self.values = []
        self.failure = None

    def assign(self, partitions):
        self.assignments += 1
        self.partitions.update(partitions)

    def revoke(self, partitions):
        self.revoked.extend(sorted(partitions))
        self.partitions.difference_update(partitions)

    def state(self):
        if self.failure is not None:
            raise RuntimeError(self.failure)
        return {
            "partitions": sorted(self.partitions),
            "revoked": list(self.revoked),
            "assignments": self.assignments,
            "values": list(self.values),
        }
