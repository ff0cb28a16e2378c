"""confluent-kafka's AdminClient: each command is one call of it, whose answer is told in plain values."""

from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, ConsumerGroupType, KafkaException
from confluent_kafka import TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    OffsetSpec,
)


def admin(command):
    return AdminClient({"bootstrap.servers": command["bootstrap"]})


def only(futures):
    [future] = futures.values()
    return future.result(20)


def create_partitions(command):
    client = admin(command)
    only(client.create_partitions([NewPartitions(command["topic"], command["count"])]))


def describe_topic(command):
    client = admin(command)
    topic = only(client.describe_topics(TopicCollection([command["topic"]])))
    return {
        "id": str(topic.topic_id),
        "internal": topic.is_internal,
        "partitions": [
            [partition.id, partition.leader.id, [node.id for node in partition.replicas], [node.id for node in partition.isr]]
            for partition in topic.partitions
        ],
    }


def describe_cluster(command):
    client = admin(command)
    cluster = client.describe_cluster().result(20)
    return {
        "id": cluster.cluster_id,
        "controller": cluster.controller.id,
        "nodes": [[node.id, f"{node.host}:{node.port}"] for node in cluster.nodes],
    }


def describe_configs(command):
    """Of a "topic" or "broker": name: [value, source, is default, is read only, is sensitive]."""
    client = admin(command)
    entries = only(client.describe_configs([ConfigResource(command["type"], command["name"])]))
    return {
        name: [entry.value, ConfigSource(entry.source).name, entry.is_default, entry.is_read_only, entry.is_sensitive]
        for name, entry in entries.items()
    }


def alter_configs(command):
    """All settings of a topic at once: what is not named goes back to its default."""
    client = admin(command)
    only(client.alter_configs([ConfigResource("topic", command["topic"], set_config=command["set"])]))


def incremental_alter_configs(command):
    """Changes are [operation, name, value]."""
    changes = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType[operation])
        for operation, name, value in command["changes"]
    ]
    client = admin(command)
    only(client.incremental_alter_configs([ConfigResource("topic", command["topic"], incremental_configs=changes)]))


def list_offsets(command):
    """Asks for "earliest", "latest", "max_timestamp" or a time; returns [offset, timestamp]."""
    at = command["at"]
    spec = OffsetSpec.for_timestamp(at) if isinstance(at, int) else getattr(OffsetSpec, at)()
    client = admin(command)
    found = only(client.list_offsets({TopicPartition(command["topic"], command["partition"]): spec}))
    return [found.offset, found.timestamp]


def list_groups(command):
    """Group: [type, state, is simple], of those states and types."""
    client = admin(command)
    listed = client.list_consumer_groups(
        states={ConsumerGroupState[name] for name in command["states"]},
        types={ConsumerGroupType[name] for name in command["types"]},
    ).result(20)
    if listed.errors:
        raise listed.errors[0]
    return {group.group_id: [group.type.name, group.state.name, group.is_simple_consumer_group] for group in listed.valid}


def describe_group(command):
    client = admin(command)
    group = only(client.describe_consumer_groups([command["group"]]))
    return {
        "state": group.state.name,
        "type": group.type.name,
        "assignor": group.partition_assignor,
        "coordinator": group.coordinator.id,
        "members": [
            {
                "client": member.client_id,
                "host": member.host,
                "instance": member.group_instance_id,
                "partitions": sorted(place.partition for place in member.assignment.topic_partitions),
            }
            for member in group.members
        ],
    }


def list_group_offsets(command):
    client = admin(command)
    found = only(client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(command["group"])]))
    return sorted([place.topic, place.partition, place.offset] for place in found.topic_partitions)


def alter_group_offsets(command):
    """Offsets are [topic, partition, offset]."""
    places = [TopicPartition(*offset) for offset in command["offsets"]]
    client = admin(command)
    altered = only(client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(command["group"], places)]))
    for place in altered.topic_partitions:
        if place.error:
            raise KafkaException(place.error)


def delete_group(command):
    client = admin(command)
    only(client.delete_consumer_groups([command["group"]]))


admin_commands = {
    "create_partitions": create_partitions,
    "describe_topic": describe_topic,
    "describe_cluster": describe_cluster,
    "describe_configs": describe_configs,
    "alter_configs": alter_configs,
    "incremental_alter_configs": incremental_alter_configs,
    "list_offsets": list_offsets,
    "list_groups": list_groups,
    "describe_group": describe_group,
    "list_group_offsets": list_group_offsets,
    "alter_group_offsets": alter_group_offsets,
    "delete_group": delete_group,
}
