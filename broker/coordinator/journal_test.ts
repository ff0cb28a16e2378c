import assert from "node:assert/strict";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import { Journal, type JournalRecord } from "./journal.ts";

const encoder = new TextEncoder();

function journalOf({ server, clock }: TestBroker, partitionCount = 4): Journal {
  return new Journal({
    topics: server.broker.topics,
    clock,
    topic: "__facts",
    partitionCount,
    configs: new Map([["cleanup.policy", "compact"]]),
  });
}

function fact(key: string, value: string | null): JournalRecord {
  return { key: encoder.encode(key), value: value === null ? null : encoder.encode(value) };
}

/** All that is replayed, each in a line. */
function replayed(journal: Journal): string[] {
  const decoder = new TextDecoder();
  const lines: string[] = [];
  journal.replay({
    record(partition, { offset, key, value, producer }) {
      const text = value === null ? "nothing" : decoder.decode(value);
      const of = producer === undefined ? "" : ` of ${producer.producerId}/${producer.producerEpoch}`;
      lines.push(`${partition}@${offset}: ${decoder.decode(key)} is ${text}${of}`);
    },
    transactionEnded(partition, producerId, isCommitted) {
      lines.push(`${partition}: ${producerId} ${isCommitted ? "committed" : "aborted"}`);
    },
  });
  return lines;
}

Deno.test("Journal.partitionOf is Kafka's: the absolute hash of Java's string", () => {
  runBroker(function* (broker) {
    yield;
    const journal = journalOf(broker, 50);
    // By the rule s[0]·31^(n-1) + … + s[n-1] in 32 bits: "a" is 97, "ab" 3105; the last one's hash is the lowest int.
    assert.equal(journal.partitionOf("a"), 47);
    assert.equal(journal.partitionOf("ab"), 5);
    assert.equal(journal.partitionOf(""), 0);
    assert.equal(journal.partitionOf("polygenelubricants"), 0);
  });
});

Deno.test("Journal.replay gives what was appended, in order, when the broker has been restarted", () => {
  const { disk } = runBroker(function* (broker) {
    yield;
    const journal = journalOf(broker);
    assert.deepEqual(replayed(journal), []);
    journal.append(1, [fact("a", "1"), fact("b", "2")]);
    journal.append(3, [fact("c", "3")], { producerId: 7, producerEpoch: 2 });
    journal.append(1, [fact("a", null)]);
    const log = broker.log("__facts", 3);
    log.appendEndMarker({ producerId: 7, producerEpoch: 2, coordinatorEpoch: 0, commit: true });
  });
  runBroker(function* (broker) {
    yield;
    assert.deepEqual(replayed(journalOf(broker)), [
      "1@0: a is 1",
      "1@1: b is 2",
      "1@2: a is nothing",
      "3@0: c is 3 of 7/2",
      "3: 7 committed",
    ]);
  }, { disk });
});

Deno.test("Journal.replay goes through more than it reads at once", () => {
  runBroker(function* (broker) {
    yield;
    const journal = journalOf(broker);
    const value = "x".repeat(300_000);
    for (let index = 0; index < 10; index++) journal.append(0, [fact(`k${index}`, value)]);
    // Larger than a read, and than max.message.bytes.
    journal.append(0, [fact("large", "y".repeat(3_000_000))]);
    assert.equal(replayed(journal).length, 11);
  });
});

Deno.test("Journal.whenAcknowledged waits for the disk where the broker promises that", () => {
  runBroker(function* (broker) {
    const journal = journalOf(broker);
    broker.ioWorker.hold(["sync"]);
    journal.append(2, [fact("a", "1")]);
    let acknowledged = 0;
    journal.whenAcknowledged(2, (error) => {
      assert.equal(error, undefined);
      acknowledged++;
    });
    yield;
    assert.equal(acknowledged, 0);
    // It is known all the same: whoever answers by it waits.
    assert.deepEqual(replayed(journal), ["2@0: a is 1"]);
    broker.ioWorker.letGo();
    yield;
    assert.equal(acknowledged, 1);
  }, { settings: { "log.flush.interval.messages": "1" } });
});

Deno.test("Journal.append refuses a transaction's records of a producer that was fenced", () => {
  runBroker(function* (broker) {
    yield;
    const journal = journalOf(broker);
    journal.append(0, [fact("a", "1")], { producerId: 7, producerEpoch: 2 });
    assert.throws(
      () => journal.append(0, [fact("a", "0")], { producerId: 7, producerEpoch: 1 }),
      /producer 7 has epoch 2 by now; the batch is of epoch 1/,
    );
  });
});
