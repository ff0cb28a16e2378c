"""As much of kafka-python's protocol as its interface reaches. Argument: bootstrap server."""

import sys
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.structs import OffsetAndMetadata

TOPIC = "golden-kafka-python"
GROUP = "golden-kafka-python-group"
COMMON = {"bootstrap_servers": sys.argv[1], "client_id": "golden"}


def attempt(what, call):
    """Some of this is to fail: errors are frames, too."""
    try:
        call()
    except Exception as error:
        print(f"  {what}: {error!r}", file=sys.stderr)


def produce():
    producer = KafkaProducer(**COMMON, compression_type="gzip")
    for index in range(3):
        producer.send(TOPIC, b"value " * 20, key=b"key", partition=index % 2, headers=[("h", b"x")]).get(20)
    producer.close()


def transact():
    producer = KafkaProducer(**COMMON, transactional_id="golden-kafka-python-txn")
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(TOPIC, b"committed", partition=0)
    producer.send_offsets_to_transaction({TopicPartition(TOPIC, 0): OffsetAndMetadata(1, "note", -1)}, GROUP)
    producer.commit_transaction()
    producer.begin_transaction()
    producer.send(TOPIC, b"aborted", partition=0).get(20)
    producer.abort_transaction()
    producer.close()


def consume():
    consumer = KafkaConsumer(
        TOPIC, **COMMON, group_id=GROUP, auto_offset_reset="earliest", enable_auto_commit=False,
        heartbeat_interval_ms=500, isolation_level="read_committed",
    )
    end, records = time.time() + 20, 0
    while records < 3 and time.time() < end:
        records += sum(len(batch) for batch in consumer.poll(500).values())
    partition = TopicPartition(TOPIC, 0)
    consumer.commit({partition: OffsetAndMetadata(1, "note", -1)})
    consumer.committed(partition)
    consumer.offsets_for_times({partition: 1})
    consumer.end_offsets([partition])
    for _ in range(4):  # a heartbeat
        consumer.poll(500)
    attempt("describe_groups", lambda: admin.describe_groups([GROUP]))
    consumer.close()


admin = KafkaAdminClient(**COMMON)
partition = TopicPartition(TOPIC, 0)
resource = ConfigResource(ConfigResourceType.TOPIC, TOPIC)
attempt("create_topics", lambda: admin.create_topics([NewTopic(TOPIC, 2, 1, topic_configs={"segment.bytes": "1048576"})]))
attempt("create_topics again", lambda: admin.create_topics([NewTopic(TOPIC, 2, 1)]))
attempt("produce", produce)
attempt("transact", transact)
attempt("consume", consume)
attempt("list_topics", admin.list_topics)
attempt("describe_topics", lambda: admin.describe_topics([TOPIC]))
attempt("describe_cluster", admin.describe_cluster)
attempt("create_partitions", lambda: admin.create_partitions({TOPIC: NewPartitions(3)}))
attempt("describe_configs", lambda: admin.describe_configs([resource]))
attempt("alter_configs", lambda: admin.alter_configs([
    ConfigResource(ConfigResourceType.TOPIC, TOPIC, configs={"retention.ms": "1000000"})]))
attempt("list_groups", admin.list_groups)
attempt("list_group_offsets", lambda: admin.list_group_offsets([GROUP]))
attempt("describe_log_dirs", admin.describe_log_dirs)
attempt("delete_records", lambda: admin.delete_records({partition: 1}))
attempt("elect_leaders", lambda: admin.elect_leaders(0, {TOPIC: [0]}))
attempt("list_partition_offsets", lambda: admin.list_partition_offsets({partition: -1}))
attempt("describe_producers", lambda: admin.describe_producers([partition]))
attempt("list_transactions", admin.list_transactions)
attempt("describe_transactions", lambda: admin.describe_transactions(["golden-kafka-python-txn"]))
attempt("describe_topic_partitions", lambda: admin.describe_topic_partitions([TOPIC]))
attempt("describe_features", admin.describe_features)
attempt("list_config_resources", admin.list_config_resources)
attempt("list_partition_reassignments", admin.list_partition_reassignments)
attempt("alter_group_offsets", lambda: admin.alter_group_offsets(GROUP, {partition: OffsetAndMetadata(1, "note", -1)}))
attempt("delete_group_offsets", lambda: admin.delete_group_offsets(GROUP, [partition]))
attempt("delete_groups", lambda: admin.delete_groups([GROUP]))
attempt("delete_topics", lambda: admin.delete_topics([TOPIC]))
admin.close()
