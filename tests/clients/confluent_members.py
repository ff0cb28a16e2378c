"""Members of groups: each a consumer with a thread of its own that polls, and commits what it was given."""

import threading
import traceback

from confluent_kafka import Consumer, KafkaException, TopicPartition
from driver import Seen

members = {}


class Member:
    def __init__(self, command):
        self.seen = Seen()
        self.closing = threading.Event()
        self.consumer = Consumer({"auto.offset.reset": "earliest", "auto.commit.interval.ms": 200, **command["config"]})
        self.consumer.subscribe(
            [command["topic"]],
            on_assign=lambda _, given: self.seen.assign(partition.partition for partition in given),
            on_revoke=lambda _, taken: self.seen.revoke([partition.partition for partition in taken]),
        )
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.closing.is_set():
                for message in self.consumer.consume(100, 0.05):
                    if message.error():
                        # All but fatal errors are for information: that a broker is not there, for one.
                        if message.error().fatal():
                            raise KafkaException(message.error())
                        continue
                    self.seen.values.append(message.value().decode())
            self.consumer.close()
        except Exception:
            self.seen.failure = traceback.format_exc()

    def leave(self):
        self.closing.set()
        self.thread.join()
        self.seen.state()


def join(command):
    members[command["member"]] = Member(command)


def state(command):
    return members[command["member"]].seen.state()


def leave(command):
    members.pop(command["member"]).leave()


def with_group(command, use):
    consumer = Consumer({"bootstrap.servers": command["bootstrap"], "group.id": command["group"]})
    try:
        return use(consumer)
    finally:
        consumer.close()


def commit(command):
    place = TopicPartition(command["topic"], command["partition"], command["offset"], command["metadata"])
    with_group(command, lambda consumer: consumer.commit(offsets=[place], asynchronous=False))


def committed(command):
    """Returns [offset, metadata]; offset -1: none is committed."""
    place = TopicPartition(command["topic"], command["partition"])
    [found] = with_group(command, lambda consumer: consumer.committed([place], timeout=10))
    return [max(found.offset, -1), found.metadata or ""]


def offset_at(command):
    """Offset of the first record of that time or later; of a time after the last record -1."""
    place = TopicPartition(command["topic"], command["partition"], command["timestamp"])
    [found] = with_group(command, lambda consumer: consumer.offsets_for_times([place], timeout=10))
    return found.offset


member_commands = {
    "join": join,
    "state": state,
    "leave": leave,
    "commit": commit,
    "committed": committed,
    "offset_at": offset_at,
}
