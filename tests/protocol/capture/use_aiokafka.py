"""As much of aiokafka's protocol as its interface reaches. Argument: bootstrap server."""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

TOPIC = "golden-aiokafka"
GROUP = "golden-aiokafka-group"
COMMON = {"bootstrap_servers": sys.argv[1], "client_id": "golden"}


async def attempt(what, coroutine):
    """Some of this is to fail: errors are frames, too."""
    try:
        await asyncio.wait_for(coroutine, 30)
    except Exception as error:
        print(f"  {what}: {error!r}", file=sys.stderr)


async def produce():
    producer = AIOKafkaProducer(**COMMON, compression_type="gzip")
    await producer.start()
    for index in range(3):
        await producer.send_and_wait(TOPIC, b"value " * 20, key=b"key", partition=index % 2, headers=[("h", b"x")])
    await producer.stop()


async def transact():
    producer = AIOKafkaProducer(**COMMON, transactional_id="golden-aiokafka-txn")
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait(TOPIC, b"committed", partition=0)
        await producer.send_offsets_to_transaction({TopicPartition(TOPIC, 0): 1}, GROUP)
    await producer.begin_transaction()
    await producer.send_and_wait(TOPIC, b"aborted", partition=0)
    await producer.abort_transaction()
    await producer.stop()


async def consume(admin):
    consumer = AIOKafkaConsumer(
        TOPIC, **COMMON, group_id=GROUP, auto_offset_reset="earliest", enable_auto_commit=False,
        heartbeat_interval_ms=500, isolation_level="read_committed",
    )
    await consumer.start()
    for _ in range(3):
        await consumer.getone()
    await consumer.commit({TopicPartition(TOPIC, 0): (1, "note")})
    await consumer.committed(TopicPartition(TOPIC, 0))
    await consumer.offsets_for_times({TopicPartition(TOPIC, 0): 1})
    await consumer.end_offsets([TopicPartition(TOPIC, 0)])
    await asyncio.sleep(1.5)  # a heartbeat
    await attempt("describe_consumer_groups", admin.describe_consumer_groups([GROUP]))
    await consumer.stop()


async def main():
    admin = AIOKafkaAdminClient(**COMMON)
    await admin.start()
    resource = ConfigResource(ConfigResourceType.TOPIC, TOPIC)
    altered = ConfigResource(ConfigResourceType.TOPIC, TOPIC, configs={"retention.ms": "1000000"})
    await attempt("create_topics", admin.create_topics([NewTopic(TOPIC, 2, 1, topic_configs={"segment.bytes": "1048576"})]))
    await attempt("create_topics again", admin.create_topics([NewTopic(TOPIC, 2, 1)]))
    await attempt("produce", produce())
    await attempt("transact", transact())
    await attempt("consume", consume(admin))
    await attempt("list_topics", admin.list_topics())
    await attempt("describe_topics", admin.describe_topics([TOPIC]))
    await attempt("describe_cluster", admin.describe_cluster())
    await attempt("create_partitions", admin.create_partitions({TOPIC: NewPartitions(3)}))
    await attempt("describe_configs", admin.describe_configs([resource], include_synonyms=True))
    await attempt("alter_configs", admin.alter_configs([altered]))
    await attempt("list_consumer_groups", admin.list_consumer_groups())
    await attempt("list_consumer_group_offsets", admin.list_consumer_group_offsets(GROUP))
    await attempt("find_coordinator", admin.find_coordinator(GROUP))
    await attempt("delete_records", admin.delete_records({TopicPartition(TOPIC, 0): RecordsToDelete(before_offset=1)}))
    await attempt("delete_topics", admin.delete_topics([TOPIC]))
    await admin.close()


asyncio.run(main())
