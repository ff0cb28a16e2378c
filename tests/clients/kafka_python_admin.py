"""What the admin clients of kafka-python 2.0.2 and aiokafka have in common: their answers are the protocol's own. Each function
tells one of them in plain values; `admin` is the module that the client's classes come from."""


class Administration:
    def __init__(self, admin, resources):
        self.admin = admin
        self.resources = resources

    def new_topic(self, command):
        return [self.admin.NewTopic(command["topic"], command["partitions"], 1)]

    def more_partitions(self, command):
        return {command["topic"]: self.admin.NewPartitions(command["count"])}

    def topic_config(self, command, value):
        topic = self.resources.ConfigResourceType.TOPIC
        return [self.resources.ConfigResource(topic, command["topic"], {command["setting"]: value})]


def errors(answer):
    """The error code of each topic."""
    return [error[1] for error in getattr(answer, "topic_errors", None) or answer.topic_error_codes]


def partition_count(answer):
    [topic] = answer
    return len(topic["partitions"])


def altered(answers):
    """aiokafka lists an answer of each broker that it has asked."""
    answer = answers[0] if isinstance(answers, list) else answers
    return [error_code for error_code, *_ in answer.resources]


def value(answers):
    """[value, source] of the only setting; source 1 is the topic, 5 the default."""
    [answer] = answers
    [[*_, [[_, setting, _, source, *_]]]] = answer.resources
    return [setting, source]


def names(groups):
    return [name for name, _ in groups]
