"""An idempotent producer of confluent-kafka (librdkafka) that outlives its broker: produces until standard input ends,
then waits for the last answers. Arguments: bootstrap, topic, partitions, name. PAUSE_SECONDS in the environment: a rest
after each few records, for who wants no full load.

A line on standard output for each outcome: "a PARTITION INDEX OFFSET" (acknowledged), "f PARTITION INDEX ERROR" (failed).
"""

import os
import sys
import threading
import time

from confluent_kafka import Producer

bootstrap, topic, partitions, name = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
PAUSE_SECONDS = float(os.environ.get("PAUSE_SECONDS", "0"))
MOST_UNANSWERED = 400
PER_TURN = 10

stop = threading.Event()
outcomes = []
unanswered = 0


def wait_for_the_end():
    sys.stdin.read()
    stop.set()


def delivered(partition, index):
    def note(error, message):
        global unanswered
        unanswered -= 1
        if error:
            outcomes.append(f"f {partition} {index} {error.name()}\n")
        else:
            outcomes.append(f"a {partition} {index} {message.offset()}\n")

    return note


def report():
    if outcomes:
        sys.stdout.write("".join(outcomes))
        sys.stdout.flush()
        outcomes.clear()


threading.Thread(target=wait_for_the_end, daemon=True).start()
producer = Producer({
    "bootstrap.servers": bootstrap,
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 2,
    # A record waits for its broker as long as that takes: none fails because it was down.
    "message.timeout.ms": 0,
    # A broker that is frozen for longer is taken for dead, and everything is sent to it again.
    "socket.timeout.ms": 10_000,
    "request.timeout.ms": 9_000,
    "retry.backoff.ms": 10,
    "retry.backoff.max.ms": 50,
    "reconnect.backoff.ms": 10,
    "reconnect.backoff.max.ms": 50,
    "log_level": 0,
})
turn = 0
while not stop.is_set():
    turn += 1
    if unanswered < MOST_UNANSWERED:
        for at in range(PER_TURN):
            for partition in range(partitions):
                index = (turn - 1) * PER_TURN + at
                padding = "x" * ((index * 7919) % 700)
                unanswered += 1
                producer.produce(
                    topic,
                    partition=partition,
                    value=f"{name} {index} {padding}",
                    on_delivery=delivered(partition, index),
                )
        producer.poll(0.005)
        time.sleep(PAUSE_SECONDS)
    else:
        turn -= 1
        producer.poll(0.02)
    report()
left = producer.flush(60)
report()
sys.exit(f"{left} records had no answer within 60 s" if left else 0)
