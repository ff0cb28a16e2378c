"""kafka-python of the old and the new line (2.0.2, 3.x), driven by lines of JSON: members of groups, offsets, transactions."""

import importlib
import sys
import threading
import traceback

try:
    import kafka.vendor.six.moves  # noqa: F401
except ImportError:
    # Version 2.0.2 brings a copy of six whose way of importing Python 3.12 has given up.
    try:
        import six

        sys.modules["kafka.vendor.six.moves"] = six.moves
    except ImportError:
        pass

import kafka.admin
from driver import Seen, serve
from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata
from kafka_python_admin import Administration, altered, errors, names, partition_count, value

old = importlib.import_module("kafka.version").__version__.startswith("2.0")
administration = Administration(kafka.admin, kafka.admin)
members = {}
producers = {}


def assignor(name):
    """The class of an assignor, wherever this version keeps it."""
    module, kind = {
        "range": ("range", "RangePartitionAssignor"),
        "roundrobin": ("roundrobin", "RoundRobinPartitionAssignor"),
        "sticky": ("sticky.sticky_assignor", "StickyPartitionAssignor"),
        "cooperative-sticky": ("cooperative_sticky", "CooperativeStickyAssignor"),
    }[name]
    for place in ("kafka.coordinator.assignors", "kafka.coordinator.assignors.sticky"):
        try:
            return getattr(importlib.import_module(f"{place}.{module}"), kind)
        except ImportError:
            continue
    raise LookupError(name)


class Listener(ConsumerRebalanceListener):
    def __init__(self, seen):
        self.seen = seen

    def on_partitions_assigned(self, assigned):
        self.seen.assign(partition.partition for partition in assigned)

    def on_partitions_revoked(self, revoked):
        self.seen.revoke([partition.partition for partition in revoked])


class Member:
    def __init__(self, command):
        self.seen = Seen()
        self.closing = threading.Event()
        config = dict(command["config"])
        config["partition_assignment_strategy"] = [assignor(config.pop("assignor"))]
        self.consumer = KafkaConsumer(auto_offset_reset="earliest", auto_commit_interval_ms=200, **config)
        # Version 3 joins also before it knows the topic, has nothing to share out, and at times never rejoins when it knows.
        self.consumer.partitions_for_topic(command["topic"])
        self.consumer.subscribe([command["topic"]], listener=Listener(self.seen))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.closing.is_set():
                for messages in self.consumer.poll(200).values():
                    self.seen.values.extend(message.value.decode() for message in messages)
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
    consumer = KafkaConsumer(
        bootstrap_servers=command["bootstrap"], group_id=command["group"], enable_auto_commit=False
    )
    try:
        return use(consumer, TopicPartition(command["topic"], command["partition"]))
    finally:
        consumer.close()


def offset_and_metadata(offset, metadata):
    return OffsetAndMetadata(offset, metadata) if old else OffsetAndMetadata(offset, metadata, -1)


def commit(command):
    def use(consumer, place):
        consumer.assign([place])
        consumer.commit({place: offset_and_metadata(command["offset"], command["metadata"])})

    with_group(command, use)


def committed(command):
    """Returns [offset, metadata]; offset -1: none is committed."""
    found = with_group(command, lambda consumer, place: consumer.committed(place, metadata=True))
    return [-1, ""] if found is None else [found.offset, found.metadata or ""]


def offset_at(command):
    """Offset of the first record of that time or later; of a time after the last record -1."""
    found = with_group(command, lambda consumer, place: consumer.offsets_for_times({place: command["timestamp"]})[place])
    return -1 if found is None else found.offset


def open_producer(command):
    producer = KafkaProducer(
        bootstrap_servers=command["bootstrap"], transactional_id=command["transactional_id"], linger_ms=0
    )
    producer.init_transactions()
    producers[command["producer"]] = producer


def begin(command):
    producers[command["producer"]].begin_transaction()


def send(command):
    producer = producers[command["producer"]]
    sent = [
        producer.send(command["topic"], value.encode(), partition=command["partition"]) for value in command["values"]
    ]
    for future in sent:
        future.get(30)


def send_offset(command):
    """Commits an offset with the transaction, for a group without members."""
    place = TopicPartition(command["topic"], command["partition"])
    offsets = {place: offset_and_metadata(command["offset"], "")}
    producers[command["producer"]].send_offsets_to_transaction(offsets, command["group"])


def commit_transaction(command):
    producers[command["producer"]].commit_transaction()


def abort_transaction(command):
    producers[command["producer"]].abort_transaction()


def close_producer(command):
    producers.pop(command["producer"]).close(timeout=1)


def admin(command):
    return kafka.admin.KafkaAdminClient(bootstrap_servers=command["bootstrap"])


def create_topic(command):
    return errors(admin(command).create_topics(administration.new_topic(command)))


def grow_topic(command):
    return errors(admin(command).create_partitions(administration.more_partitions(command)))


def delete_topic(command):
    return errors(admin(command).delete_topics([command["topic"]]))


def count_partitions(command):
    return partition_count(admin(command).describe_topics([command["topic"]]))


def set_config(command):
    return altered(admin(command).alter_configs(administration.topic_config(command, command["value"])))


def get_config(command):
    return value(admin(command).describe_configs(administration.topic_config(command, None)))


def list_groups(command):
    return names(admin(command).list_consumer_groups())


def describe_group(command):
    """[state, protocol, client id of each member]"""
    [group] = admin(command).describe_consumer_groups([command["group"]])
    return [group.state, group.protocol, [member.client_id for member in group.members]]


def group_offsets(command):
    found = admin(command).list_consumer_group_offsets(command["group"])
    return sorted([place.partition, committed.offset] for place, committed in found.items())


def delete_group(command):
    [[_, error]] = admin(command).delete_consumer_groups([command["group"]])
    return error.__name__


serve({
    "create_topic": create_topic,
    "grow_topic": grow_topic,
    "delete_topic": delete_topic,
    "count_partitions": count_partitions,
    "set_config": set_config,
    "get_config": get_config,
    "list_groups": list_groups,
    "describe_group": describe_group,
    "group_offsets": group_offsets,
    "delete_group": delete_group,
    "join": join,
    "state": state,
    "leave": leave,
    "commit": commit,
    "committed": committed,
    "offset_at": offset_at,
    "open_producer": open_producer,
    "begin": begin,
    "send": send,
    "send_offset": send_offset,
    "commit_transaction": commit_transaction,
    "abort_transaction": abort_transaction,
    "close_producer": close_producer,
})
