/**
 * Too much of what is allowed: answers that nobody reads, requests without end, connections by the hundred.
 * @module
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { batch } from "../support/raw_batch.ts";
import { CLOSED, RawConnection } from "../support/raw_connection.ts";
import { type Bytes, concat, frame, header, requestFrame } from "../support/wire.ts";
import { hostileTargetOfThisFile, hostileTest } from "./hostile.ts";

const target = hostileTargetOfThisFile();
const megabyte = 1024 * 1024;

const correlationIdOf = (answer: Uint8Array) => new DataView(answer.buffer, answer.byteOffset).getInt32(0);

function fetchAll(correlationId: number): Bytes {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10 * megabyte }];
  return requestFrame(api.Fetch, 4, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 10 * megabyte,
    topics: [{
      topic: target.topic,
      partitions: partitions.map((one) => ({ ...one, currentLeaderEpoch: -1 })),
    }],
  }, correlationId);
}

async function closeAll(connections: readonly RawConnection[]): Promise<void> {
  for (const connection of connections) connection[Symbol.dispose]();
  await new Promise((resolve) => setTimeout(resolve, 50));
}

hostileTest(
  target,
  "answers that nobody reads fill no memory [20 clients x 500 fetches x 10 MiB = 100 GB]",
  async () => {
    const before = target.residentBytes();
    const connections: RawConnection[] = [];
    try {
      for (let index = 0; index < 20; index++) {
        const connection = await RawConnection.open(target.address);
        connections.push(connection);
        const requests = concat(...Array.from({ length: 500 }, (_, id) => fetchAll(id)));
        await connection.sendSome(requests, 100);
      }
      await target.serveHonestClient();
      const grown = target.residentBytes() - before;
      assert.ok(grown < 64 * megabyte, `unread answers took ${Math.round(grown / megabyte)} MiB`);
    } finally {
      await closeAll(connections);
    }
  },
);

hostileTest(
  target,
  "a client that never reads is not read from [requests queue up without end]",
  async () => {
    const before = target.residentBytes();
    using connection = await RawConnection.open(target.address);
    // Answers of about 30 kB each, to requests of 60 bytes: 400 MB of them before 1 MB is sent.
    const metadata = Array.from(
      { length: 50 },
      (_, index) => ({ name: `nothing-${index}-${"x".repeat(200)}` }),
    );
    const request = requestFrame(api.Metadata, 4, { topics: metadata, allowAutoTopicCreation: false });
    const requests = concat(...new Array<Bytes>(4000).fill(request));
    const taken = await connection.sendSome(requests, 1500);
    await target.serveHonestClient();
    if (!target.isForeign) {
      assert.ok(taken < requests.length, `the broker took all ${requests.length} bytes of requests`);
      const grown = target.residentBytes() - before;
      assert.ok(grown < 64 * megabyte, `unread answers took ${Math.round(grown / megabyte)} MiB`);
    }
  },
);

hostileTest(
  target,
  "10,000 requests at once are answered, each in its turn [a queue that forgets its order]",
  async () => {
    using connection = await RawConnection.open(target.address);
    const count = 10_000;
    const requests = Array.from(
      { length: count },
      (_, correlationId) =>
        correlationId % 3 === 0
          ? requestFrame(api.Metadata, 1, { topics: [{ name: target.topic }] }, correlationId)
          : frame(header({ key: 18, version: 0, correlationId })),
    );
    const sending = connection.send(concat(...requests));
    for (let expected = 0; expected < count; expected++) {
      const answer = await connection.receive(5000);
      assert.ok(answer instanceof Uint8Array, `answer ${expected}: ${answer === CLOSED ? "closed" : "none"}`);
      assert.equal(correlationIdOf(answer), expected);
    }
    await sending;
  },
);

hostileTest(
  target,
  "produce and fetch in one pipeline keep their order [an append waits, its fetch does not]",
  async () => {
    using connection = await RawConnection.open(target.address);
    const produce = (correlationId: number) =>
      requestFrame(api.Produce, 7, {
        acks: -1,
        timeoutMs: 1000,
        topicData: [{
          name: target.topic,
          partitionData: [{ index: 0, records: batch([`pipelined ${correlationId}`]) }],
        }],
      }, correlationId);
    const requests = Array.from(
      { length: 300 },
      (_, id) => id % 2 === 0 ? produce(id) : frame(header({ key: 18, version: 0, correlationId: id })),
    );
    const sending = connection.send(concat(...requests));
    for (let expected = 0; expected < requests.length; expected++) {
      const answer = await connection.receive(5000);
      assert.ok(answer instanceof Uint8Array);
      assert.equal(correlationIdOf(answer), expected);
    }
    await sending;
  },
);

hostileTest(
  target,
  "1,000 connections come and go and leave nothing [a descriptor or a buffer each]",
  async () => {
    await target.serveHonestClient();
    const files = target.isForeign ? 0 : target.broker.figures().openFiles;
    for (let round = 0; round < 50; round++) {
      const connections = await Promise.all(
        Array.from({ length: 20 }, () => RawConnection.open(target.address)),
      );
      for (const [index, connection] of connections.entries()) {
        if (index % 3 === 0) await connection.send(frame(header({ key: 18, version: 0 })));
        if (index % 3 === 1) await connection.send(new Uint8Array([0, 0, 1]));
        connection[Symbol.dispose]();
      }
    }
    if (target.isForeign) return;
    let left = Infinity;
    for (let attempt = 0; attempt < 40 && left > 5; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      left = target.broker.figures().openFiles - files;
    }
    assert.ok(left <= 5, `${left} descriptors are left open`);
  },
);

hostileTest(
  target,
  "500 idle connections do not slow an honest one [a scan of all at each turn]",
  async () => {
    const connections: RawConnection[] = [];
    const before = target.residentBytes();
    try {
      for (let index = 0; index < 500; index++) connections.push(await RawConnection.open(target.address));
      for (let round = 0; round < 20; round++) await target.serveHonestClient();
      const perConnection = (target.residentBytes() - before) / 500;
      assert.ok(
        perConnection < 64 * 1024,
        `an idle connection takes ${Math.round(perConnection / 1024)} KiB`,
      );
    } finally {
      await closeAll(connections);
    }
  },
);

hostileTest(
  target,
  "100 connections in the middle of a large request do not starve others [a buffer for each]",
  async () => {
    const connections: RawConnection[] = [];
    const before = target.residentBytes();
    try {
      const half = requestFrame(api.Produce, 7, {
        acks: 1,
        timeoutMs: 1000,
        topicData: [{
          name: target.topic,
          partitionData: [{ index: 0, records: batch(["x".repeat(megabyte)]) }],
        }],
      }).subarray(0, megabyte / 2);
      for (let index = 0; index < 100; index++) {
        const connection = await RawConnection.open(target.address);
        connections.push(connection);
        await connection.sendSome(half, 200);
      }
      await target.serveHonestClient();
      // What has come must be held: 50 MB. Twice that, if buffers double.
      const grown = target.residentBytes() - before;
      assert.ok(grown < 160 * megabyte, `100 halves of 512 KiB took ${Math.round(grown / megabyte)} MiB`);
    } finally {
      await closeAll(connections);
    }
  },
);
