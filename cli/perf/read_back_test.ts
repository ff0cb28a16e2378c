import { deepEqual, equal } from "node:assert/strict";
import { Ledger } from "./ledger.ts";
import { Payload } from "./payload.ts";
import { ReadBack } from "./read_back.ts";

const RUN = 77;

/** `sent` records to each of two partitions, all acknowledged, and what a broker would have of them. */
function sentAndKept(sent: number): { ledger: Ledger; logs: Uint8Array[][] } {
  const ledger = new Ledger(2);
  const payload = new Payload({ kind: "text", recordBytes: 64, seed: 1 });
  const logs = [0, 1].map((partition) => {
    ledger.partitions[partition]!.send(sent, 0);
    ledger.settle({ partition, recordCount: sent, error: undefined });
    return Array.from({ length: sent }, (_, sequence) => payload.next(RUN, partition, sequence).slice());
  });
  return { ledger, logs };
}

function check(ledger: Ledger, logs: readonly (readonly (Uint8Array | null)[])[], isOrdered = true) {
  const readBack = new ReadBack({ run: RUN, ledger, isOrdered });
  logs.forEach((log, partition) => log.forEach((value, offset) => readBack.take(partition, offset, value)));
  return readBack.verdict();
}

Deno.test("ReadBack has nothing to say of a broker that has kept what it was sent", () => {
  const { ledger, logs } = sentAndKept(1000);
  deepEqual(check(ledger, logs), {
    sent: 2000,
    acknowledged: 2000,
    refused: 0,
    readBack: 2000,
    missing: 0,
    doubled: 0,
    damaged: 0,
    misplaced: 0,
    disordered: 0,
    foreign: 0,
    findings: [],
  });
});

Deno.test("ReadBack notices records that a broker has lost", () => {
  const { ledger, logs } = sentAndKept(1000);
  logs[0]!.splice(17, 1);
  logs[1]!.splice(990);
  const { missing, readBack, findings } = check(ledger, logs);
  equal(missing, 11);
  equal(readBack, 1989);
  deepEqual(findings, [
    "partition 0: 1 acknowledged record is missing (of 1,000 records sent, number 17)",
    "partition 1: 10 acknowledged records are missing (of 1,000 records sent, number 990, 991, 992, 993, 994, …)",
  ]);
});

Deno.test("ReadBack notices a batch that a broker has written twice", () => {
  const { ledger, logs } = sentAndKept(100);
  logs[1]!.splice(12, 0, ...logs[1]!.slice(10, 12));
  const { doubled, findings } = check(ledger, logs);
  equal(doubled, 2);
  deepEqual(findings, [
    "partition 1: 2 records are there more than once (of 100 records sent, number 10, 11)",
  ]);
});

Deno.test("ReadBack notices one record lost where another is doubled, though the counts agree", () => {
  const { ledger, logs } = sentAndKept(100);
  logs[0]![50] = logs[0]![49]!;
  deepEqual(check(ledger, logs).findings, [
    "partition 0: 1 acknowledged record is missing (of 100 records sent, number 50)",
    "partition 0: 1 record is there more than once (of 100 records sent, number 49)",
  ]);
});

Deno.test("ReadBack notices a record whose bytes have changed, and misses it", () => {
  const { ledger, logs } = sentAndKept(100);
  logs[0]![5]![40]! ^= 1;
  const { damaged, missing, findings } = check(ledger, logs);
  deepEqual([damaged, missing], [1, 1]);
  equal(findings[1], "partition 0: 1 record is not as it was sent (at offset 5)");
});

Deno.test("ReadBack notices a record in a partition it was not sent to", () => {
  const { ledger, logs } = sentAndKept(100);
  logs[0]!.push(logs[1]!.pop()!);
  deepEqual(check(ledger, logs).findings, [
    "partition 0: 1 record was sent to another (at offset 100)",
    "partition 1: 1 acknowledged record is missing (of 100 records sent, number 99)",
  ]);
});

Deno.test("ReadBack notices records out of order, where the order was promised", () => {
  const { ledger, logs } = sentAndKept(100);
  logs[0]!.splice(60, 0, logs[0]!.splice(20, 1)[0]!);
  deepEqual(check(ledger, logs).findings, [
    "partition 0: 1 record has lost its place (of 100 records sent, number 20)",
  ]);
  const { disordered, findings } = check(ledger, logs, false);
  equal(disordered, 1);
  deepEqual(findings, []);
});

Deno.test("ReadBack leaves open whether a refused record is there, but not twice", () => {
  const ledger = new Ledger(1);
  const payload = new Payload({ kind: "random", recordBytes: 32, seed: 1 });
  ledger.partitions[0]!.send(30, 0);
  ledger.settle({ partition: 0, recordCount: 10, error: undefined });
  ledger.settle({ partition: 0, recordCount: 10, error: new Error("timed out") });
  ledger.settle({ partition: 0, recordCount: 10, error: undefined });
  const log = Array.from({ length: 30 }, (_, sequence) => payload.next(RUN, 0, sequence).slice());
  const without = log.filter((_, at) => at < 10 || at >= 20);
  deepEqual(check(ledger, [without]).findings, []);
  deepEqual(check(ledger, [log]).findings, []);
  equal(check(ledger, [log]).refused, 10);
  equal(check(ledger, [[...log.slice(0, 12), log[11]!, ...log.slice(12)]]).doubled, 1);
  equal(check(ledger, [log.slice(0, 29)]).missing, 1);
});

Deno.test("ReadBack notices records of which the client has never said what became of them", () => {
  const ledger = new Ledger(1);
  ledger.partitions[0]!.send(3, 0);
  ledger.settle({ partition: 0, recordCount: 1, error: undefined });
  const payload = new Payload({ kind: "random", recordBytes: 32, seed: 1 });
  deepEqual(check(ledger, [[payload.next(RUN, 0, 0)]]).findings, [
    "partition 0: 2 records were neither acknowledged nor refused",
  ]);
});

Deno.test("ReadBack counts the records of others, and says nothing of them", () => {
  const { ledger, logs } = sentAndKept(10);
  const other = new Payload({ kind: "text", recordBytes: 64, seed: 2 });
  const { foreign, findings } = check(ledger, [
    [null, ...logs[0]!, other.next(RUN + 1, 0, 3), new Uint8Array(0)],
    [new TextEncoder().encode("a greeting of somebody else's"), ...logs[1]!],
  ]);
  equal(foreign, 4);
  deepEqual(findings, []);
});
