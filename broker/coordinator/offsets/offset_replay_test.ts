import assert from "node:assert/strict";
import { ZERO_UUID } from "../../../protocol/uuid.ts";
import type { ReplayedRecord } from "../journal.ts";
import { offsetRecord, offsetTombstone } from "./committed_offset.ts";
import { OffsetReplay, type OffsetSink } from "./offset_replay.ts";

/** Keeps what it is told, in words. */
class Told implements OffsetSink {
  readonly words: string[] = [];

  commit: OffsetSink["commit"] = (_, { topic, partition }, { offset, recordOffset }) => {
    this.words.push(`${topic}-${partition} is ${offset} by record ${recordOffset}`);
  };
  commitPending: OffsetSink["commitPending"] = (_, { topic, partition }, producerId, { offset }) => {
    this.words.push(`${topic}-${partition} may be ${offset} by producer ${producerId}`);
  };
  remove: OffsetSink["remove"] = (_, { topic, partition }) => {
    this.words.push(`${topic}-${partition} is nothing`);
  };
  unreadable: OffsetSink["unreadable"] = (_, recordOffset, what) => {
    this.words.push(`the ${what} of record ${recordOffset} can't be read`);
  };
}

/** Records of topic "t", one after the other. */
class Records {
  readonly told = new Told();
  readonly replay: OffsetReplay;
  #recordOffset = 0;

  constructor(hashOf?: (key: Uint8Array) => number) {
    this.replay = new OffsetReplay(this.told, hashOf);
  }

  commit(partition: number, offset: number, producerId?: number, metadata = ""): void {
    const value = {
      offset,
      leaderEpoch: -1,
      metadata,
      commitTimestamp: 0,
      expireTimestamp: -1,
      topicId: ZERO_UUID,
    };
    const producer = producerId === undefined ? undefined : { producerId, producerEpoch: 0 };
    this.record({ ...offsetRecord({ group: "g", topic: "t", partition }, value), producer });
  }

  remove(partition: number): void {
    this.record({ ...offsetTombstone({ group: "g", topic: "t", partition }), producer: undefined });
  }

  record(record: Pick<ReplayedRecord, "key" | "value" | "producer">): void {
    const key = record.key.slice();
    const value = record.value?.slice() ?? null;
    this.replay.record(0, { ...record, key, value, offset: this.#recordOffset++, timestamp: 0 });
    // They are views of what the next records are read into.
    key.fill(0xff);
    value?.fill(0xff);
  }

  /** What was told since the last call. */
  words(): string[] {
    return this.told.words.splice(0);
  }
}

Deno.test("OffsetReplay tells the last commit of each key, when it is settled", () => {
  const records = new Records();
  records.commit(0, 10, undefined, "a longer note");
  records.commit(1, 20);
  records.commit(0, 11);
  records.commit(0, 12, undefined, "note");
  assert.deepEqual(records.words(), []);
  records.replay.settle();
  assert.deepEqual(records.words(), ["t-0 is 12 by record 3", "t-1 is 20 by record 1"]);
  records.replay.settle();
  assert.deepEqual(records.words(), []);
  records.commit(1, 21);
  records.replay.settle();
  assert.deepEqual(records.words(), ["t-1 is 21 by record 4"]);
});

Deno.test("OffsetReplay tells what came before a transaction's commit or a tombstone before it", () => {
  const records = new Records();
  records.commit(0, 10);
  records.commit(1, 20);
  records.commit(0, 11, 7);
  assert.deepEqual(records.words(), [
    "t-0 is 10 by record 0",
    "t-1 is 20 by record 1",
    "t-0 may be 11 by producer 7",
  ]);
  records.commit(1, 21);
  records.remove(1);
  records.commit(1, 22);
  records.replay.settle();
  assert.deepEqual(records.words(), ["t-1 is 21 by record 3", "t-1 is nothing", "t-1 is 22 by record 5"]);
});

Deno.test("OffsetReplay passes over what can't be read, and tells where it is", () => {
  const records = new Records();
  const { key, value } = offsetRecord({ group: "g", topic: "t", partition: 0 }, {
    offset: 1,
    leaderEpoch: -1,
    metadata: "",
    commitTimestamp: 0,
    expireTimestamp: -1,
    topicId: ZERO_UUID,
  });
  const producer = undefined;
  records.commit(1, 10);
  records.record({ key: key.subarray(0, -1), value, producer });
  records.record({ key, value: value!.subarray(0, 5), producer });
  const newer = value!.slice();
  newer[1] = 5;
  records.record({ key, value: newer, producer: { producerId: 7, producerEpoch: 0 } });
  records.replay.settle();
  assert.deepEqual(records.words(), [
    "the key of record 1 can't be read",
    "t-1 is 10 by record 0",
    "the value of record 2 can't be read",
    "the value of record 3 can't be read",
  ]);
});

Deno.test("OffsetReplay tells keys of one hash apart", () => {
  const records = new Records((key) => key.at(-1)! % 2);
  for (const round of [0, 1]) {
    for (let partition = 0; partition < 10; partition++) records.commit(partition, 2 * partition + round);
  }
  records.replay.settle();
  assert.deepEqual(
    records.words(),
    Array.from({ length: 10 }, (_, at) => `t-${at} is ${2 * at + 1} by record ${10 + at}`),
  );
});
