"""Consume, transform, produce, with confluent-kafka (librdkafka): what is consumed is produced, changed, in the same transaction
that commits the offsets. Goes on through everything that happens to the broker, until standard input ends.
Arguments: bootstrap, input topic, output topic, group, transactional id.

A line on standard output for each transaction: "c RECORDS" (committed), "a REASON" (aborted). Ends with code 3 when it was told
that it is not wanted any more; whoever started it starts another.
"""

import sys
import threading

from confluent_kafka import Consumer, KafkaException, Producer

bootstrap, source, target, group, transactional_id = sys.argv[1:6]
MOST_RECORDS = 100
FENCED = 3

stop = threading.Event()


def wait_for_the_end():
    sys.stdin.read()
    stop.set()


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def until_done(call, *arguments):
    """Tries again what may succeed later."""
    while True:
        try:
            return call(*arguments)
        except KafkaException as error:
            if not error.args[0].retriable():
                raise


def transform(message):
    return b"%d/%d %s" % (message.partition(), message.offset(), message.value())


def rewind(consumer):
    """To what is committed: the rest is to be done again."""
    assigned = consumer.assignment()
    if not assigned:
        return
    for partition in until_done(consumer.committed, assigned, 10):
        if partition.offset < 0:
            partition.offset = 0
        consumer.seek(partition)


def run(producer, consumer):
    until_done(producer.init_transactions, 30)
    while not stop.is_set():
        try:
            messages = [message for message in consumer.consume(MOST_RECORDS, 0.2) if not message.error()]
        except KafkaException as error:
            if error.args[0].fatal():
                raise
            continue
        if not messages:
            continue
        try:
            producer.begin_transaction()
            for message in messages:
                producer.produce(target, transform(message), partition=message.partition())
            positions = consumer.position(consumer.assignment())
            metadata = consumer.consumer_group_metadata()
            until_done(producer.send_offsets_to_transaction, positions, metadata, 10)
            until_done(producer.commit_transaction, 30)
            say(f"c {len(messages)}")
        except KafkaException as error:
            if not error.args[0].txn_requires_abort():
                raise
            say(f"a {error.args[0].name()}")
            until_done(producer.abort_transaction, 30)
            rewind(consumer)


threading.Thread(target=wait_for_the_end, daemon=True).start()
producer = Producer({
    "bootstrap.servers": bootstrap,
    "transactional.id": transactional_id,
    "transaction.timeout.ms": 20_000,
    "reconnect.backoff.max.ms": 200,
    "linger.ms": 1,
    # Else a broker that was away gets a new handle, and librdkafka 2.16 waits for the old one with what is to be sent to a
    # group's coordinator, for ever.
    "metadata.recovery.strategy": "none",
    "log_level": 0,
})
consumer = Consumer({
    "bootstrap.servers": bootstrap,
    "group.id": group,
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "session.timeout.ms": 6000,
    "heartbeat.interval.ms": 500,
    "fetch.wait.max.ms": 50,
    "reconnect.backoff.max.ms": 200,
    "metadata.recovery.strategy": "none",
    "log_level": 0,
})
consumer.subscribe([source])
try:
    run(producer, consumer)
except KafkaException as error:
    say(f"x {error.args[0].name()} {error.args[0].str()}")
    sys.exit(FENCED)
finally:
    consumer.close()
