"""As much of confluent-kafka's (librdkafka's) protocol as its interface reaches. Argument: bootstrap server."""

import sys
import time

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    Producer,
    TopicCollection,
    TopicPartition,
    ElectionType,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
)

TOPIC = "golden-confluent"
COMMON = {"bootstrap.servers": sys.argv[1], "client.id": "golden", "enable.metrics.push": False}


def attempt(what, call):
    """Some of this is to fail: errors are frames, too."""
    try:
        result = call()
        for future in result.values() if isinstance(result, dict) else [result]:
            if hasattr(future, "result"):
                future.result(timeout=20)
    except Exception as error:
        print(f"  {what}: {error}", file=sys.stderr)


def produce():
    for codec in ["none", "zstd"]:
        producer = Producer({**COMMON, "enable.idempotence": True, "compression.type": codec})
        producer.produce(TOPIC, b"value " * 20, key=b"key", partition=0, headers={"h": b"x"})
        producer.flush(20)
    producer = Producer({**COMMON, "acks": 0})
    producer.produce(TOPIC, b"unacknowledged", partition=1)
    producer.flush(20)


def transact():
    producer = Producer({**COMMON, "transactional.id": "golden-confluent-txn"})
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce(TOPIC, b"committed", partition=0)
    consumer = Consumer({**COMMON, "group.id": "golden-confluent-offsets"})
    offsets = [TopicPartition(TOPIC, 0, 1)]
    producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 20)
    producer.commit_transaction(20)
    producer.begin_transaction()
    producer.produce(TOPIC, b"aborted", partition=0)
    producer.flush(20)
    producer.abort_transaction(20)
    consumer.close()


def consume(group, **config):
    def consumer(instance):
        return Consumer(
            {**COMMON, "group.id": group, "auto.offset.reset": "earliest", "isolation.level": "read_committed",
             "group.instance.id": instance, "client.rack": "rack", **config}
        )

    one, two = consumer("one"), consumer("two")
    one.subscribe([TOPIC])
    messages = []
    end = time.time() + 20
    while len(messages) < 3 and time.time() < end:
        messages += one.consume(10, timeout=0.5)
    two.subscribe([TOPIC])
    while not two.assignment() and time.time() < end:
        one.consume(10, timeout=0.2)
        two.consume(10, timeout=0.2)
    owned = one.assignment()[0]
    one.commit(offsets=[TopicPartition(TOPIC, owned.partition, 1, "note")], asynchronous=False)
    one.committed([owned], timeout=20)
    one.offsets_for_times([TopicPartition(TOPIC, owned.partition, 1)], timeout=20)
    one.get_watermark_offsets(owned, timeout=20)
    time.sleep(4)  # a heartbeat
    attempt("describe_consumer_groups", lambda: admin.describe_consumer_groups([group]))
    one.close()
    two.close()


admin = AdminClient(COMMON)
topic = ConfigResource(ConfigResource.Type.TOPIC, TOPIC)
partition = TopicPartition(TOPIC, 0)
group = "golden-confluent-classic"

attempt("create_topics", lambda: admin.create_topics([NewTopic(TOPIC, 2, 1, config={"segment.bytes": "1048576"})]))
attempt("create_topics again", lambda: admin.create_topics([NewTopic(TOPIC, 2, 1)]))
attempt("produce", produce)
attempt("transact", transact)
attempt("classic", lambda: consume(group, **{"partition.assignment.strategy": "cooperative-sticky", "heartbeat.interval.ms": 1000}))
attempt("consumer", lambda: consume("golden-confluent-consumer", **{"group.protocol": "consumer"}))
attempt("list_topics", lambda: admin.list_topics(timeout=20))
attempt("describe_topics", lambda: admin.describe_topics(TopicCollection([TOPIC]), include_authorized_operations=True))
attempt("describe_cluster", admin.describe_cluster)
attempt("create_partitions", lambda: admin.create_partitions([NewPartitions(TOPIC, 3)]))
attempt("describe_configs", lambda: admin.describe_configs([topic]))
attempt("incremental_alter_configs", lambda: admin.incremental_alter_configs([
    ConfigResource(ConfigResource.Type.TOPIC, TOPIC, incremental_configs=[
        ConfigEntry("retention.ms", "1000000", incremental_operation=AlterConfigOpType.SET)])]))
attempt("alter_configs", lambda: admin.alter_configs([
    ConfigResource(ConfigResource.Type.TOPIC, TOPIC, set_config={"retention.ms": "2000000"})]))
attempt("list_offsets", lambda: admin.list_offsets({partition: OffsetSpec.latest()}, isolation_level=IsolationLevel.READ_COMMITTED))
attempt("list_consumer_groups", admin.list_consumer_groups)
attempt("list_consumer_group_offsets", lambda: admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))
attempt("alter_consumer_group_offsets", lambda: admin.alter_consumer_group_offsets(
    [ConsumerGroupTopicPartitions(group, [TopicPartition(TOPIC, 0, 1)])]))
attempt("delete_consumer_groups", lambda: admin.delete_consumer_groups([group]))
attempt("delete_records", lambda: admin.delete_records([TopicPartition(TOPIC, 0, 1)]))
attempt("elect_leaders", lambda: admin.elect_leaders(ElectionType.PREFERRED, [partition]))
attempt("delete_topics", lambda: admin.delete_topics([TOPIC]))
