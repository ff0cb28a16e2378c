"""Transactional producers by name, whose every step is a command."""

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

producers = {}


def open_producer(command):
    producer = Producer({
        "bootstrap.servers": command["bootstrap"],
        "transactional.id": command["transactional_id"],
        "linger.ms": 0,
    })
    producer.init_transactions(30)
    producers[command["producer"]] = producer


def begin(command):
    producers[command["producer"]].begin_transaction()


def send(command):
    """Sends the values to one partition; returns when all are acknowledged."""
    producer = producers[command["producer"]]
    failures = []
    for value in command["values"]:
        producer.produce(
            command["topic"],
            value,
            partition=command["partition"],
            on_delivery=lambda error, _: error and failures.append(error),
        )
    producer.flush(30)
    if failures:
        raise KafkaException(failures[0])


def send_offset(command):
    """Commits an offset with the transaction, for a group without members."""
    consumer = Consumer({"bootstrap.servers": command["bootstrap"], "group.id": command["group"]})
    producers[command["producer"]].send_offsets_to_transaction(
        [TopicPartition(command["topic"], command["partition"], command["offset"])],
        consumer.consumer_group_metadata(),
        30,
    )
    consumer.close()


def commit_transaction(command):
    producers[command["producer"]].commit_transaction(30)


def abort_transaction(command):
    producers[command["producer"]].abort_transaction(30)


def close_producer(command):
    # librdkafka ends a producer when nobody holds it; a transaction that is open stays open.
    producers.pop(command["producer"]).purge()


transaction_commands = {
    "open_producer": open_producer,
    "begin": begin,
    "send": send,
    "send_offset": send_offset,
    "commit_transaction": commit_transaction,
    "abort_transaction": abort_transaction,
    "close_producer": close_producer,
}
