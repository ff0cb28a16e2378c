/**
 * A Fetch from its frame to the last call of its answer: header and body read, each partition's batch looked up, the
 * answer written around the slices, and sent. The disk is memory and the socket takes everything and does nothing, so what
 * is left is the broker's own work.
 * @module
 */
import { createHash } from "node:crypto";
import { Dispatcher } from "../broker/dispatch.ts";
import { Metrics } from "../broker/metrics/metrics.ts";
import { Connection, type ConnectionHost } from "../broker/reactor/connection.ts";
import { Server } from "../broker/server.ts";
import { brokerConfig, Settings } from "../broker/settings.ts";
import { type Socket, type SocketAddress, WOULD_BLOCK } from "../broker/transport.ts";
import { api } from "../protocol/apis.ts";
import { encodeRequestHeader } from "../protocol/header.ts";
import { Writer } from "../protocol/primitives.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { encodeBatch } from "../protocol/records.ts";
import type { DiskFile } from "../storage/disk.ts";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { MemoryPoller } from "../tests/support/memory_transport.ts";
import { SeededRandom } from "../tests/support/random.ts";
import { DATA, TestBackground, TestClock } from "../tests/support/storage_fixture.ts";

const TOPIC = "orders.created";
const BATCHES = 8;
const RECORDS = 10;
const VALUE_BYTES = 100;

/** Takes all it is given; tells `onBytes`, if somebody wants to know. */
class Sink implements Socket {
  readonly descriptor = 1;
  readonly local: SocketAddress = { family: "ipv4", host: "127.0.0.1", port: 9092 };
  readonly peer: SocketAddress = { family: "ipv4", host: "127.0.0.1", port: 50_000 };
  sentBytes = 0;
  onBytes: ((bytes: Uint8Array) => void) | undefined;

  receive(): number {
    return WOULD_BLOCK;
  }

  send(bytes: Uint8Array): number {
    this.sentBytes += bytes.length;
    this.onBytes?.(bytes);
    return bytes.length;
  }

  sendFile(file: DiskFile, position: number, length: number): number {
    this.sentBytes += length;
    if (this.onBytes !== undefined) {
      const bytes = new Uint8Array(length);
      file.readAt(bytes, position);
      this.onBytes(bytes);
    }
    return length;
  }

  finish(): void {}

  close(): void {}

  [Symbol.dispose](): void {}
}

/** A broker with one topic, and a fetch of all its partitions that comes again and again. */
class Fixture {
  readonly sink = new Sink();
  readonly #dispatcher: Dispatcher;
  readonly #connection: Connection;
  readonly #frame: Uint8Array;

  constructor(partitions: number, version: number) {
    const disk = new MemoryDisk();
    const broker = new Server(
      brokerConfig(new Settings([{ name: "log.dirs", value: DATA, source: { kind: "default" } }])),
      [],
      {
        disk,
        background: Object.assign(new TestBackground(disk), { deliver: () => {} }),
        poller: new MemoryPoller(() => {}),
        clock: new TestClock(),
        random: new SeededRandom(1),
        log: () => {},
        metrics: new Metrics(),
        shouldStop: () => true,
        onRecoveryProgress: () => {},
      },
    ).broker;
    this.#dispatcher = new Dispatcher(broker);
    this.#connection = new Connection(1, this.sink, host());
    for (const log of broker.topics.createTopic(TOPIC, partitions, new Map()).partitions) {
      for (let i = 0; i < BATCHES; i++) log.append(new RecordBatch(batch(i)));
    }
    this.#frame = fetchFrame(partitions, version);
  }

  /** Handles the fetch; returns the bytes of its answer. */
  run(): number {
    const before = this.sink.sentBytes;
    this.#dispatcher.handleFrame(this.#connection, this.#frame, 0, this.#frame.length);
    this.#connection.flush();
    return this.sink.sentBytes - before;
  }
}

function host(): ConnectionHost {
  return {
    receiveScratch: new Uint8Array(0),
    sendScratch: new Uint8Array(256 * 1024),
    maxFrameBytes: 1 << 20,
    maxPendingReplies: 64,
    nowMs: 0,
    handleFrame: () => {},
    scheduleFlush: () => {},
    setInterest: () => {},
    takeBuffer: (length) => new Uint8Array(length),
    giveBuffer: () => {},
    mayReceive: () => true,
    setHeldBytes: () => {},
    takeHttp: () => false,
    countReceived: () => {},
    countSent: () => {},
    replied: () => {},
    closed: () => {},
  };
}

function batch(seed: number): Uint8Array {
  const random = new SeededRandom(seed);
  return encodeBatch(
    Array.from({ length: RECORDS }, (_, index) => ({
      timestamp: 1_600_000_000_000 + index,
      value: random.bytes(VALUE_BYTES),
    })),
  );
}

/** From the middle of each partition on. */
function fetchFrame(partitions: number, version: number): Uint8Array {
  const writer = new Writer();
  encodeRequestHeader(writer, api.Fetch.requestHeaderVersion(version), {
    apiKey: api.Fetch.key,
    apiVersion: version,
    correlationId: 1,
    clientId: "rdkafka",
  });
  api.Fetch.request.encode(writer, version, {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 50 << 20,
    topics: [{
      topic: TOPIC,
      partitions: Array.from({ length: partitions }, (_, partition) => ({
        partition,
        fetchOffset: RECORDS * BATCHES / 2,
        partitionMaxBytes: 1 << 20,
      })),
    }],
  });
  return writer.bytes().slice();
}

for (const partitions of [1, 100]) {
  for (const version of [11, 12]) {
    let fixture: Fixture | undefined;
    Deno.bench({
      group: `fetch of ${partitions} partition${partitions === 1 ? "" : "s"}`,
      name: `v${version}, ${partitions} slice${partitions === 1 ? "" : "s"}`,
      fn: () => {
        fixture ??= new Fixture(partitions, version);
        fixture.run();
      },
    });
  }
}

/** The same at a small size: a digest of the answers, which must not change with how they are made. */
export function smoke(): string {
  const hash = createHash("sha256");
  for (const partitions of [1, 3]) {
    for (const version of [11, 12]) {
      const fixture = new Fixture(partitions, version);
      fixture.sink.onBytes = (bytes) => void hash.update(bytes);
      const [first, second] = [fixture.run(), fixture.run()];
      if (first !== second) throw new Error(`v${version}: ${first} bytes, then ${second}`);
    }
  }
  return hash.digest("hex");
}
