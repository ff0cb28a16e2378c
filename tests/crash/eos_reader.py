"""Reads all that is committed in a topic, with confluent-kafka, and prints each value in a line after its partition.
Arguments: bootstrap, topic, partitions."""

import sys

from confluent_kafka import Consumer, KafkaError, TopicPartition

bootstrap, topic, partitions = sys.argv[1], sys.argv[2], int(sys.argv[3])
consumer = Consumer({
    "bootstrap.servers": bootstrap,
    "group.id": "reader",
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "isolation.level": "read_committed",
    "log_level": 0,
})
consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
left = set(range(partitions))
while left:
    for message in consumer.consume(1000, 1):
        if message.error() is None:
            print(message.partition(), message.value().decode())
        elif message.error().code() == KafkaError._PARTITION_EOF:
            left.discard(message.partition())
        else:
            sys.exit(str(message.error()))
consumer.close()
