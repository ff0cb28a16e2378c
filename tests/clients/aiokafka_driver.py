"""aiokafka, driven by lines of JSON: members of groups, offsets, transactions. All of it on one event loop."""

import asyncio
import json
import sys
import traceback

import aiokafka.admin
import aiokafka.admin.config_resource
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.structs import OffsetAndMetadata
from driver import Seen
from kafka_python_admin import Administration, altered, errors, names, partition_count, value

assignors = {
    "range": RangePartitionAssignor,
    "roundrobin": RoundRobinPartitionAssignor,
    "sticky": StickyPartitionAssignor,
}
administration = Administration(aiokafka.admin, aiokafka.admin.config_resource)
members = {}
producers = {}


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
        self.closing = False
        config = dict(command["config"])
        config["partition_assignment_strategy"] = (assignors[config.pop("assignor")],)
        self.consumer = AIOKafkaConsumer(auto_offset_reset="earliest", auto_commit_interval_ms=200, **config)
        self.consumer.subscribe([command["topic"]], listener=Listener(self.seen))
        self.task = asyncio.create_task(self.run())

    async def run(self):
        try:
            await self.consumer.start()
            while not self.closing:
                for messages in (await self.consumer.getmany(timeout_ms=50)).values():
                    self.seen.values.extend(message.value.decode() for message in messages)
            await self.consumer.stop()
        except Exception:
            self.seen.failure = traceback.format_exc()

    async def leave(self):
        self.closing = True
        await self.task
        self.seen.state()


async def join(command):
    members[command["member"]] = Member(command)


async def state(command):
    return members[command["member"]].seen.state()


async def leave(command):
    await members.pop(command["member"]).leave()


async def with_group(command, use):
    consumer = AIOKafkaConsumer(
        bootstrap_servers=command["bootstrap"], group_id=command["group"], enable_auto_commit=False
    )
    await consumer.start()
    try:
        place = TopicPartition(command["topic"], command["partition"])
        consumer.assign([place])
        return await use(consumer, place)
    finally:
        await consumer.stop()


async def commit(command):
    committed = OffsetAndMetadata(command["offset"], command["metadata"])
    await with_group(command, lambda consumer, place: consumer.commit({place: committed}))


async def committed(command):
    """Returns [offset, metadata]; offset -1: none is committed. aiokafka's consumer shows no metadata: its admin client does."""
    place = TopicPartition(command["topic"], command["partition"])
    found = await with_admin(
        command, lambda admin: admin.list_consumer_group_offsets(command["group"], partitions=[place])
    )
    return [found[place].offset, found[place].metadata or ""]


async def offset_at(command):
    """Offset of the first record of that time or later; of a time after the last record -1."""

    async def use(consumer, place):
        found = (await consumer.offsets_for_times({place: command["timestamp"]}))[place]
        return -1 if found is None else found.offset

    return await with_group(command, use)


async def open_producer(command):
    producer = AIOKafkaProducer(bootstrap_servers=command["bootstrap"], transactional_id=command["transactional_id"])
    await producer.start()
    producers[command["producer"]] = producer


async def begin(command):
    await producers[command["producer"]].begin_transaction()


async def send(command):
    producer = producers[command["producer"]]
    for sent in [
        await producer.send(command["topic"], value.encode(), partition=command["partition"])
        for value in command["values"]
    ]:
        await sent


async def send_offset(command):
    """Commits an offset with the transaction, for a group without members."""
    place = TopicPartition(command["topic"], command["partition"])
    offsets = {place: OffsetAndMetadata(command["offset"], "")}
    await producers[command["producer"]].send_offsets_to_transaction(offsets, command["group"])


async def commit_transaction(command):
    await producers[command["producer"]].commit_transaction()


async def abort_transaction(command):
    await producers[command["producer"]].abort_transaction()


async def close_producer(command):
    await producers.pop(command["producer"]).stop()


async def with_admin(command, use):
    admin = aiokafka.admin.AIOKafkaAdminClient(bootstrap_servers=command["bootstrap"])
    await admin.start()
    try:
        return await use(admin)
    finally:
        await admin.close()


async def create_topic(command):
    return errors(await with_admin(command, lambda admin: admin.create_topics(administration.new_topic(command))))


async def grow_topic(command):
    more = administration.more_partitions(command)
    return errors(await with_admin(command, lambda admin: admin.create_partitions(more)))


async def delete_topic(command):
    return errors(await with_admin(command, lambda admin: admin.delete_topics([command["topic"]])))


async def count_partitions(command):
    return partition_count(await with_admin(command, lambda admin: admin.describe_topics([command["topic"]])))


async def set_config(command):
    config = administration.topic_config(command, command["value"])
    return altered(await with_admin(command, lambda admin: admin.alter_configs(config)))


async def get_config(command):
    config = administration.topic_config(command, None)
    return value(await with_admin(command, lambda admin: admin.describe_configs(config)))


async def list_groups(command):
    return names(await with_admin(command, lambda admin: admin.list_consumer_groups()))


async def describe_group(command):
    """[state, protocol, client id of each member]"""
    [answer] = await with_admin(command, lambda admin: admin.describe_consumer_groups([command["group"]]))
    [[_, _, state, _, protocol, group_members, *_]] = answer.groups
    return [state, protocol, [member[1] for member in group_members]]


async def group_offsets(command):
    found = await with_admin(command, lambda admin: admin.list_consumer_group_offsets(command["group"]))
    return sorted([place.partition, committed.offset] for place, committed in found.items())


commands = {
    "create_topic": create_topic,
    "grow_topic": grow_topic,
    "delete_topic": delete_topic,
    "count_partitions": count_partitions,
    "set_config": set_config,
    "get_config": get_config,
    "list_groups": list_groups,
    "describe_group": describe_group,
    "group_offsets": group_offsets,
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
}


async def answer(line):
    command = json.loads(line)
    try:
        return {"ok": await commands[command["do"]](command)}
    except Exception as error:  # The test at the other end reports it.
        return {"error": repr(error)}


async def main():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await answer(line)), flush=True)


asyncio.run(main())
