"""Consume, transform, produce, exactly once, with confluent-kafka (librdkafka): each record of the input topic becomes one of the
output topic, "PARTITION OFFSET" of where it came from, in a transaction with the committed offset. Goes on until standard
input ends, whatever becomes of its broker. Arguments: bootstrap, group, input topic, output topic, transactional id.

On standard output "c COUNT" for each transaction that was committed, "r REASON" for each that was given up.
"""

import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

bootstrap, group, source, target, transactional_id = sys.argv[1:6]
MOST_PER_TRANSACTION = 200
PATIENCE_SECONDS = 60

stop = threading.Event()


def wait_for_the_end():
    sys.stdin.read()
    stop.set()


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def quick():
    return {
        "bootstrap.servers": bootstrap,
        "reconnect.backoff.ms": 10,
        "reconnect.backoff.max.ms": 50,
        "retry.backoff.ms": 10,
        "log_level": 0,
    }


def new_producer():
    while not stop.is_set():
        producer = Producer({
            **quick(),
            "transactional.id": transactional_id,
            "transaction.timeout.ms": 20_000,
            "linger.ms": 0,
        })
        try:
            producer.init_transactions(PATIENCE_SECONDS)
            return producer
        except KafkaException as failure:
            say(f"r init {failure.args[0].name()}")
            time.sleep(0.1)


def new_consumer():
    consumer = Consumer({
        **quick(),
        "group.id": group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        "session.timeout.ms": 6_000,
        "heartbeat.interval.ms": 300,
        "fetch.wait.max.ms": 50,
        "partition.assignment.strategy": "range",
    })
    consumer.subscribe([source])
    return consumer


def rewind(consumer):
    """Back to where the last committed transaction ended."""
    while not stop.is_set():
        try:
            partitions = consumer.committed(consumer.assignment(), timeout=10)
            for partition in partitions:
                if partition.error:
                    raise KafkaException(partition.error)
                offset = partition.offset if partition.offset >= 0 else 0
                consumer.seek(TopicPartition(partition.topic, partition.partition, offset))
            return
        except KafkaException as failure:
            say(f"r rewind {failure.args[0].name()}")
            consumer.poll(0.05)


def commit(producer):
    while True:
        try:
            return producer.commit_transaction(PATIENCE_SECONDS)
        except KafkaException as failure:
            # Nobody knows yet how it ended: the same call asks again.
            if not failure.args[0].retriable() or stop.is_set():
                raise


def transform(producer, consumer, messages):
    producer.begin_transaction()
    ends = {}
    for message in messages:
        producer.produce(target, f"{message.partition()} {message.offset()}", partition=message.partition())
        ends[message.partition()] = message.offset() + 1
    offsets = [TopicPartition(source, partition, offset) for partition, offset in ends.items()]
    producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), PATIENCE_SECONDS)
    commit(producer)


threading.Thread(target=wait_for_the_end, daemon=True).start()
producer = new_producer()
consumer = new_consumer()
while not stop.is_set():
    messages = [message for message in consumer.consume(MOST_PER_TRANSACTION, 0.2) if not message.error()]
    if not messages:
        continue
    try:
        transform(producer, consumer, messages)
        say(f"c {len(messages)}")
    except KafkaException as failure:
        error = failure.args[0]
        say(f"r transaction {error.name()}")
        try:
            if not error.txn_requires_abort():
                raise failure
            producer.abort_transaction(PATIENCE_SECONDS)
        except KafkaException:
            # Fenced, or in a state that librdkafka does not come back from.
            producer = new_producer()
        if producer is not None:
            rewind(consumer)
consumer.close()
