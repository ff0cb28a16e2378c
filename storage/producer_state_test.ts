import assert from "node:assert/strict";
import { encodeEndMarker } from "../protocol/end_marker.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { LogError } from "./log_error.ts";
import { ProducerState } from "./producer_state.ts";

const MAX = 0x7fffffff;
const WALL = 1_700_000_000_000;

/** A batch of `count` records of producer 7. */
function batchOf(epoch: number, sequence: number, count: number, baseOffset = 0) {
  const batch = testBatch({
    producerId: 7,
    epoch,
    sequence,
    timestamps: Array.from({ length: count }, () => 5),
  });
  batch.setBaseOffset(baseOffset);
  return batch;
}

/** Appends batches [epoch, sequence, count] and tells what became of each: its base offset, "again OFFSET" or an error. */
function outcomes(
  batches: readonly (readonly [epoch: number, sequence: number, count: number])[],
): (number | string)[] {
  const state = new ProducerState();
  let endOffset = 100;
  return batches.map(([epoch, sequence, count]) => {
    try {
      const batch = batchOf(epoch, sequence, count, endOffset);
      const repeated = state.check(batch);
      if (repeated) return `again ${repeated.lastOffset - repeated.offsetDelta}`;
      state.update(batch, 0);
      endOffset += count;
      return endOffset - count;
    } catch (error) {
      assert.ok(error instanceof LogError, String(error));
      return Object.entries(ErrorCode).find(([, code]) => code === error.code)![0];
    }
  });
}

const rules: Record<string, { batches: [number, number, number][]; outcomes: (number | string)[] }> = {
  "goes on where the last batch ended": {
    batches: [[0, 0, 3], [0, 3, 1], [0, 4, 2]],
    outcomes: [100, 103, 104],
  },
  "accepts any first sequence of a producer that it does not know": {
    batches: [[3, 17, 2], [3, 19, 1]],
    outcomes: [100, 102],
  },
  "answers the last five batches like the first time, and no older one": {
    batches: [[0, 0, 1], [0, 1, 2], [0, 3, 1], [0, 4, 1], [0, 5, 1], [0, 6, 1], [0, 1, 2], [0, 6, 1], [
      0,
      0,
      1,
    ]],
    outcomes: [100, 101, 103, 104, 105, 106, "again 101", "again 106", "OUT_OF_ORDER_SEQUENCE_NUMBER"],
  },
  "takes no batch for a repeated one that only begins or ends like it": {
    batches: [[0, 0, 3], [0, 0, 2], [0, 1, 2], [0, 3, 1]],
    outcomes: [100, "OUT_OF_ORDER_SEQUENCE_NUMBER", "OUT_OF_ORDER_SEQUENCE_NUMBER", 103],
  },
  "refuses a gap, and takes the missing batch after that": {
    batches: [[0, 0, 1], [0, 2, 1], [0, 1, 1], [0, 2, 1]],
    outcomes: [100, "OUT_OF_ORDER_SEQUENCE_NUMBER", 101, 102],
  },
  "goes on at 0 behind the largest sequence": {
    batches: [[0, MAX - 1, 2], [0, 0, 1], [0, 1, 1], [0, 0, 1]],
    outcomes: [100, 102, 103, "again 102"],
  },
  "follows a batch that wraps around": {
    batches: [[0, MAX, 3], [0, 2, 1], [0, MAX, 3]],
    outcomes: [100, 103, "again 100"],
  },
  "wants sequence 0 of a new epoch": {
    batches: [[0, 0, 1], [1, 1, 1], [1, 0, 1], [1, 1, 1]],
    outcomes: [100, "OUT_OF_ORDER_SEQUENCE_NUMBER", 101, 102],
  },
  "fences an older epoch, repeated batches included": {
    batches: [[0, 0, 1], [1, 0, 1], [0, 1, 1], [0, 0, 1]],
    outcomes: [100, 101, "INVALID_PRODUCER_EPOCH", "INVALID_PRODUCER_EPOCH"],
  },
  "refuses a producer without epoch or sequence": {
    batches: [[-1, 0, 1], [0, -1, 1]],
    outcomes: ["INVALID_RECORD", "INVALID_RECORD"],
  },
};

for (const [name, rule] of Object.entries(rules)) {
  Deno.test(`ProducerState ${name}`, () => assert.deepEqual(outcomes(rule.batches), rule.outcomes));
}

Deno.test("ProducerState comes back from a snapshot with the last batch of each producer", () => {
  const state = new ProducerState();
  state.update(batchOf(2, 0, 3, 10), 0);
  state.update(batchOf(2, 3, 2, 13), 0);
  const entries = [...state.entries()];
  assert.deepEqual(entries, [{
    producerId: 7,
    epoch: 2,
    lastSequence: 4,
    lastOffset: 14,
    offsetDelta: 1,
    timestamp: 5,
    coordinatorEpoch: -1,
    currentTransactionFirstOffset: -1,
  }]);
  const again = new ProducerState();
  again.restore(entries, new ProducerState(), 0, WALL, 1000);
  assert.deepEqual([...again.entries()], entries);
  assert.equal(again.check(batchOf(2, 3, 2))?.lastOffset, 14);
  assert.equal(again.check(batchOf(2, 5, 1)), undefined);
  assert.throws(() => again.check(batchOf(2, 0, 3)), LogError);
});

Deno.test("ProducerState finds the first sequence of a restored batch that wrapped around", () => {
  const state = new ProducerState();
  state.update(batchOf(0, MAX, 3), 0);
  const again = new ProducerState();
  again.restore(state.entries(), new ProducerState(), 0, WALL, 1000);
  assert.equal(again.check(batchOf(0, MAX, 3))?.lastOffset, 2);
});

Deno.test("ProducerState.expire forgets by idleness, not by the records' timestamps", () => {
  const state = new ProducerState();
  state.update(batchOf(0, 0, 1), 1000); // its timestamp is of 1970
  state.expire(1999, 1000);
  assert.equal(state.size, 1);
  state.expire(2000, 1000);
  assert.equal(state.size, 0);
  // Unknown now, so any sequence will do.
  assert.equal(state.check(batchOf(0, 77, 1)), undefined);
});

Deno.test("ProducerState gives producers from disk an hour, and those that wrote lately their full time", () => {
  const day = 86_400_000;
  const hour = 3_600_000;
  const entryAt = (producerId: number, timestamp: number) => ({
    producerId,
    epoch: 0,
    lastSequence: 0,
    lastOffset: 0,
    offsetDelta: 0,
    timestamp,
    coordinatorEpoch: -1,
    currentTransactionFirstOffset: -1,
  });
  const state = new ProducerState();
  state.restore(
    [entryAt(1, 5), entryAt(2, WALL - 2 * hour), entryAt(3, WALL + day)],
    new ProducerState(),
    0,
    WALL,
    day,
  );
  const left = (nowMs: number) => {
    state.expire(nowMs, day);
    return [...state.entries()].map(({ producerId }) => producerId);
  };
  assert.deepEqual(left(hour - 1), [1, 2, 3]);
  assert.deepEqual(left(hour), [2, 3]);
  assert.deepEqual(left(22 * hour), [3]);
  assert.deepEqual(left(24 * hour), []);
});

Deno.test("ProducerState.expire keeps a producer with a transaction under way", () => {
  const state = new ProducerState();
  state.restore(
    [{
      producerId: 1,
      epoch: 0,
      lastSequence: 0,
      lastOffset: 9,
      offsetDelta: 0,
      timestamp: 5,
      coordinatorEpoch: 3,
      currentTransactionFirstOffset: 9,
    }],
    new ProducerState(),
    0,
    WALL,
    1000,
  );
  state.expire(1e12, 1000);
  assert.equal(state.size, 1);
});

Deno.test("ProducerState takes earlier batches from the log before a snapshot, if they lead up to it", () => {
  const log = new ProducerState();
  for (let sequence = 0; sequence < 7; sequence++) log.update(batchOf(1, sequence, 1, 10 + sequence), 0);
  const again = new ProducerState();
  again.restore(log.entries(), log, 0, WALL, 1000);
  for (let sequence = 2; sequence < 7; sequence++) {
    assert.equal(again.check(batchOf(1, sequence, 1))?.lastOffset, 10 + sequence);
  }
  const stale = new ProducerState();
  stale.update(batchOf(1, 3, 1, 13), 0);
  const other = new ProducerState();
  other.restore(log.entries(), stale, 0, WALL, 1000);
  assert.throws(() => other.check(batchOf(1, 3, 1)), LogError);
  assert.equal(other.check(batchOf(1, 6, 1))?.lastOffset, 16);
});

function transactional(sequence: number, baseOffset: number, { epoch = 0, isTransactional = true } = {}) {
  const batch = testBatch({ producerId: 7, epoch, sequence, isTransactional });
  batch.setBaseOffset(baseOffset);
  return batch;
}

function markerOf(type: "abort" | "commit", baseOffset: number, { epoch = 0, coordinatorEpoch = 0 } = {}) {
  const bytes = encodeEndMarker({
    type,
    coordinatorEpoch,
    producerId: 7,
    producerEpoch: epoch,
    timestamp: 9,
  });
  const batch = new RecordBatch(bytes);
  batch.setBaseOffset(baseOffset);
  return { batch, marker: { type, coordinatorEpoch } };
}

function end(state: ProducerState, ...args: Parameters<typeof markerOf>) {
  const { batch, marker } = markerOf(...args);
  return state.update(batch, 0, marker);
}

function isRefusedWith(code: number) {
  return (error: unknown) => error instanceof LogError && error.code === code;
}

Deno.test("ProducerState opens a transaction with its first batch and ends it with a marker", () => {
  const state = new ProducerState();
  state.update(transactional(0, 100), 0);
  state.update(transactional(1, 105), 0);
  assert.equal([...state.entries()][0]!.currentTransactionFirstOffset, 100);
  assert.equal(state.transactions.firstUnstableOffset, 100);
  assert.deepEqual(end(state, "abort", 110, { coordinatorEpoch: 4 }), {
    producerId: 7,
    firstOffset: 100,
    lastOffset: 110,
    lastStableOffset: 111,
    isAborted: true,
  });
  const [entry] = [...state.entries()];
  assert.equal(entry!.currentTransactionFirstOffset, -1);
  assert.equal(entry!.coordinatorEpoch, 4);
  assert.deepEqual(
    [entry!.lastSequence, entry!.lastOffset],
    [1, 105],
    "a marker is no batch of the producer",
  );
  assert.equal(state.transactions.firstUnstableOffset, 100, "until the marker is acknowledged");
  state.transactions.acknowledge(110);
  assert.equal(state.transactions.firstUnstableOffset, 100);
  state.transactions.acknowledge(111);
  assert.equal(state.transactions.firstUnstableOffset, Infinity);
  assert.equal(state.check(transactional(2, 0)), undefined);
});

Deno.test("ProducerState refuses a batch outside of the open transaction of its producer, but knows a repeated one", () => {
  const state = new ProducerState();
  state.update(transactional(0, 100, { isTransactional: false }), 0);
  state.update(transactional(1, 101), 0);
  const outside = transactional(2, 0, { isTransactional: false });
  assert.throws(() => state.check(outside), isRefusedWith(ErrorCode.INVALID_TXN_STATE));
  const ofNewEpoch = transactional(0, 0, { epoch: 1, isTransactional: false });
  assert.throws(() => state.check(ofNewEpoch), isRefusedWith(ErrorCode.INVALID_TXN_STATE));
  assert.equal(state.check(transactional(0, 0, { isTransactional: false }))?.lastOffset, 100);
  end(state, "commit", 102);
  assert.equal(state.check(outside), undefined);
});

Deno.test("ProducerState takes a marker for a producer that it does not know, or without a transaction", () => {
  const state = new ProducerState();
  state.checkMarker({ producerId: 7, producerEpoch: 3, coordinatorEpoch: 2 });
  assert.equal(end(state, "abort", 10, { epoch: 3, coordinatorEpoch: 2 }), undefined);
  assert.equal(state.transactions.firstUnstableOffset, Infinity);
  assert.equal(state.size, 1);
  assert.throws(
    () => state.check(transactional(0, 0, { epoch: 2 })),
    isRefusedWith(ErrorCode.INVALID_PRODUCER_EPOCH),
  );
  assert.equal(state.check(transactional(0, 0, { epoch: 3 })), undefined);
});

Deno.test("ProducerState fences markers of older producers and older coordinators", () => {
  const state = new ProducerState();
  state.update(transactional(0, 100, { epoch: 5 }), 0);
  const check = (producerEpoch: number, coordinatorEpoch: number, transactionVersion = 1) =>
    state.checkMarker({ producerId: 7, producerEpoch, coordinatorEpoch, transactionVersion });
  assert.throws(() => check(4, 0), isRefusedWith(ErrorCode.INVALID_PRODUCER_EPOCH));
  check(5, 0);
  check(6, 0);
  end(state, "commit", 101, { epoch: 5, coordinatorEpoch: 9 });
  assert.throws(() => check(5, 8), isRefusedWith(ErrorCode.TRANSACTION_COORDINATOR_FENCED));
  check(5, 9);
  check(5, 10);
});

Deno.test("ProducerState wants a new epoch of each marker from transaction.version 2 on (KIP-890), or a repeated one", () => {
  const state = new ProducerState();
  state.update(transactional(0, 100), 0);
  const check = (producerEpoch: number) =>
    state.checkMarker({ producerId: 7, producerEpoch, coordinatorEpoch: 0, transactionVersion: 2 });
  assert.throws(() => check(0), isRefusedWith(ErrorCode.INVALID_PRODUCER_EPOCH));
  check(1);
  end(state, "abort", 101, { epoch: 1 });
  check(1); // its answer was lost
  assert.throws(() => state.check(transactional(1, 0)), isRefusedWith(ErrorCode.INVALID_PRODUCER_EPOCH));
  state.update(transactional(0, 102, { epoch: 1 }), 0);
  // The same marker, late: it would end the next transaction.
  assert.throws(() => check(1), isRefusedWith(ErrorCode.INVALID_PRODUCER_EPOCH));
  check(2);
});

Deno.test("ProducerState passes over a control batch that ends nothing", () => {
  const state = new ProducerState();
  state.update(transactional(0, 100), 0);
  assert.equal(state.update(markerOf("abort", 101, { epoch: 8 }).batch, 0, undefined), undefined);
  assert.equal([...state.entries()][0]!.epoch, 0);
  assert.equal(state.transactions.firstUnstableOffset, 100);
});

Deno.test("ProducerState has its open transactions again from a snapshot, in whatever order it lists producers", () => {
  const entry = (producerId: number, currentTransactionFirstOffset: number) => ({
    producerId,
    epoch: 0,
    lastSequence: 0,
    lastOffset: 50,
    offsetDelta: 0,
    timestamp: 5,
    coordinatorEpoch: 3,
    currentTransactionFirstOffset,
  });
  const state = new ProducerState();
  state.restore([entry(1, 40), entry(7, 20), entry(3, -1), entry(2, 30)], new ProducerState(), 0, WALL, 1000);
  assert.equal(state.transactions.firstUnstableOffset, 20);
  assert.equal(end(state, "commit", 60, { coordinatorEpoch: 3 })?.lastStableOffset, 30);
  state.transactions.acknowledge(61);
  assert.equal(state.transactions.firstUnstableOffset, 30);
});
