"""Confluent's Python client (librdkafka), driven by lines of JSON on standard input; each is answered by one on
standard output. Bytes are base64, None is null."""

from confluent_admin import admin_commands
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_members import member_commands
from confluent_transactions import transaction_commands
from driver import decode, encode, serve


def produce(command):
    """Returns for each record, in order, [partition, offset] or the error's name."""
    outcomes = [None] * len(command["records"])
    producer = Producer(command["config"])

    def delivered(index):
        def note(error, message):
            outcomes[index] = error.name() if error else [message.partition(), message.offset()]

        return note

    for index, record in enumerate(command["records"]):
        arguments = dict(
            partition=command["partition"],
            key=decode(record["key"]),
            value=decode(record["value"]),
            headers=[(name, decode(value)) for name, value in record["headers"]],
            timestamp=record["timestamp"],
            on_delivery=delivered(index),
        )
        while True:
            try:
                producer.produce(command["topic"], **arguments)
                break
            except BufferError:
                producer.poll(0.1)
            except KafkaException as error:
                outcomes[index] = error.args[0].name()
                break
    producer.flush(30)
    return outcomes


def transact(command):
    """Writes each of the transactions and ends it as its "outcome" says: "commit" or "abort"."""
    producer = Producer(command["config"])
    producer.init_transactions(30)
    for transaction in command["transactions"]:
        producer.begin_transaction()
        for record in transaction["records"]:
            producer.produce(
                command["topic"],
                partition=command["partition"],
                key=decode(record["key"]),
                value=decode(record["value"]),
                timestamp=record["timestamp"],
            )
        producer.flush(30)
        if transaction["outcome"] == "commit":
            producer.commit_transaction(30)
        else:
            producer.abort_transaction(30)


def consume(command):
    """Returns for each of the "places", which are [topic, partition], its records: [offset, timestamp, key, value, headers]."""
    consumer = Consumer({
        **command.get("config", {}),
        "bootstrap.servers": command["bootstrap"],
        "group.id": "unused",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "check.crcs": True,
        "fetch.wait.max.ms": 50,
    })
    places = [(topic, partition) for topic, partition in command["places"]]
    # A consumer that knows the topics when it is assigned begins at once, not with its next look at metadata in half a second.
    for topic in {topic for topic, _ in places}:
        consumer.list_topics(topic, timeout=10)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for topic, partition in places])
    records = {place: [] for place in places}
    open_places = set(places)
    while open_places:
        messages = consumer.consume(1000, timeout=0.05)
        for message in messages:
            place = (message.topic(), message.partition())
            if message.error():
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(message.error())
                open_places.discard(place)
                continue
            records[place].append([
                message.offset(),
                message.timestamp()[1],
                encode(message.key()),
                encode(message.value()),
                [[name, encode(value)] for name, value in message.headers() or []],
            ])
    consumer.close()
    return [records[place] for place in places]


def admin(command):
    client = AdminClient({"bootstrap.servers": command["bootstrap"]})
    if command["do"] == "create":
        topic = NewTopic(command["topic"], command["partitions"], 1, config=command["config"])
        futures = client.create_topics([topic])
    else:
        futures = client.delete_topics([command["topic"]])
    try:
        futures[command["topic"]].result(10)
        return None
    except KafkaException as error:
        return error.args[0].name()


def topics(command):
    listed = AdminClient({"bootstrap.servers": command["bootstrap"]}).list_topics(timeout=10)
    return {name: len(topic.partitions) for name, topic in listed.topics.items()}


def offsets(command):
    """Low and high watermark, and the offset for a timestamp."""
    consumer = Consumer({"bootstrap.servers": command["bootstrap"], "group.id": "unused"})
    partition = TopicPartition(command["topic"], command["partition"])
    low, high = consumer.get_watermark_offsets(partition, timeout=10)
    [at_time] = consumer.offsets_for_times(
        [TopicPartition(command["topic"], command["partition"], command["timestamp"])], timeout=10
    )
    consumer.close()
    return [low, high, at_time.offset]


def delete_records(command):
    """Returns where the partition begins then."""
    partition = TopicPartition(command["topic"], command["partition"], command["offset"])
    client = AdminClient({"bootstrap.servers": command["bootstrap"]})  # its futures end with it
    futures = client.delete_records([partition])
    [future] = futures.values()
    return future.result(10).low_watermark


serve({
    "delete_records": delete_records,
    "produce": produce,
    "transact": transact,
    "consume": consume,
    "create": admin,
    "delete": admin,
    "topics": topics,
    "offsets": offsets,
    **member_commands,
    **transaction_commands,
    **admin_commands,
})
