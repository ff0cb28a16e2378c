/**
 * The frame of the hostile tests: each sends something no honest client would, looks at what comes back, and then an
 * honest client must be served within a second. At the end of a file the broker's memory must not have grown.
 * @module
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { errorName } from "../../protocol/errors.ts";
import { Reader } from "../../protocol/primitives.ts";
import type { Address, MilenaOptions } from "../support/milena_process.ts";
import { batch, readBatches } from "../support/raw_batch.ts";
import { CLOSED, RawConnection } from "../support/raw_connection.ts";
import { foreignBootstrap, Target } from "../support/target.ts";

/** Resident memory may grow by this much over the tests of one file: garbage not yet collected, not leaks. */
const growthLimitBytes = 64 * 1024 * 1024;
const honestWithinMs = 1000;

/** What must come of a hostile frame. */
export type Outcome =
  /** The broker closes the connection without an answer. */
  | "closed"
  /** Either is right, so long as nobody else is hurt. */
  | "closed or answered"
  /** The broker answers; the function throws if the answer is wrong. It gets what follows the correlation id. */
  | ((answer: Reader) => void);

export interface HostileCase {
  /** What is sent. */
  readonly name: string;
  /** What would go wrong in a broker that trusted it. */
  readonly why: string;
  /** Built when the test runs. */
  readonly bytes: () => Uint8Array;
  readonly outcome: Outcome;
  /** The frame ends early: the client then says that no more will come. */
  readonly endsEarly?: boolean;
}

/** The broker of one file of hostile tests. */
export class HostileTarget {
  readonly #target = new Target();
  readonly topic = `honest-${crypto.randomUUID().slice(0, 8)}`;
  #baselineBytes = 0;
  #count = 0;

  async open(options: MilenaOptions): Promise<void> {
    await this.#target.open(options);
    using connection = await this.connect();
    const topics = [{
      name: this.topic,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    }];
    const created = await connection.request(api.CreateTopics, { topics, timeoutMs: 5000 });
    assert.equal(created.topics[0]!.errorCode, 0);
    await this.#warmUp();
    this.#baselineBytes = this.residentBytes();
  }

  close(): Promise<void> {
    return this.#target.close();
  }

  get isForeign(): boolean {
    return foreignBootstrap !== undefined;
  }

  get broker() {
    return this.#target.broker;
  }

  get address(): Address {
    const [host, port] = this.#target.bootstrap.split(":");
    return { host: host!, port: Number(port) };
  }

  connect(): Promise<Connection> {
    return Connection.connect({
      address: this.address,
      clientId: "honest",
      connectTimeoutMs: honestWithinMs,
    });
  }

  /** Resident memory of the broker; 0 if it is not ours. */
  residentBytes(): number {
    return this.isForeign ? 0 : this.#target.broker.figures().residentBytes;
  }

  /** Sends the case's bytes and judges what comes of it. */
  async attack({ name, bytes, outcome, endsEarly }: HostileCase): Promise<void> {
    using connection = await RawConnection.open(this.address);
    await connection.send(bytes());
    if (endsEarly) await connection.finish();
    const answer = await connection.receive();
    if (outcome === "closed") {
      assert.equal(answer, CLOSED, `${name}: ${describe(answer)}, wanted the connection closed`);
    } else if (outcome === "closed or answered") {
      assert.notEqual(answer, undefined, `${name}: no answer and not closed within 2 s`);
    } else {
      assert.ok(answer instanceof Uint8Array, `${name}: ${describe(answer)}, wanted an answer`);
      const reader = new Reader(answer);
      reader.int32(); // correlation id
      outcome(reader);
    }
  }

  /** A well-behaved client: it connects, appends a record and reads it back, all within a second. */
  async serveHonestClient(): Promise<void> {
    const begin = performance.now();
    using connection = await this.connect();
    const value = `honest ${this.#count++}`;
    const baseOffset = await this.#produce(connection, batch([value]));
    const partitions = [{ partition: 0, fetchOffset: baseOffset, partitionMaxBytes: 1_000_000 }];
    const fetched = await connection.request(api.Fetch, {
      maxWaitMs: 100,
      minBytes: 1,
      maxBytes: 1_000_000,
      topics: [{ topic: this.topic, partitions }],
    }, { maxVersion: 12 });
    const records = fetched.responses[0]!.partitions[0]!.records;
    assert.deepEqual([...readBatches(records!)], [{ offset: baseOffset, value }]);
    const elapsedMs = performance.now() - begin;
    assert.ok(
      elapsedMs < honestWithinMs,
      `an honest client was served after ${Math.round(elapsedMs)} ms, wanted 1 s`,
    );
  }

  /** The end offset of the honest topic. */
  async endOffset(): Promise<number> {
    using connection = await this.connect();
    const answer = await connection.request(api.ListOffsets, {
      replicaId: -1,
      topics: [{ name: this.topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    });
    return answer.topics[0]!.partitions[0]!.offset;
  }

  /** Throws if the broker holds much more memory than it did before the attacks. */
  async checkMemory(): Promise<void> {
    let grown = Infinity;
    // What a burst left behind is given back by the next collections.
    for (let attempt = 0; attempt < 20 && grown > growthLimitBytes; attempt++) {
      await this.serveHonestClient();
      grown = this.residentBytes() - this.#baselineBytes;
      if (grown > growthLimitBytes) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const [was, is] = [this.#baselineBytes, this.residentBytes()].map((bytes) =>
      `${Math.round(bytes / 2 ** 20)} MiB`
    );
    assert.ok(grown <= growthLimitBytes, `the broker grew from ${was} to ${is}, more than 64 MiB`);
  }

  /** What every broker allocates on the way once: buffers, compiled code. */
  async #warmUp(): Promise<void> {
    for (let round = 0; round < 20; round++) await this.serveHonestClient();
    using connection = await this.connect();
    const large = batch(new Array<string>(9).fill("x".repeat(100_000)));
    for (let round = 0; round < 20; round++) await this.#produce(connection, large);
  }

  async #produce(connection: Connection, records: Uint8Array): Promise<number> {
    const produced = await connection.request(api.Produce, {
      acks: 1,
      timeoutMs: 5000,
      topicData: [{ name: this.topic, partitionData: [{ index: 0, records }] }],
    }, { maxVersion: 11 });
    const { errorCode, baseOffset } = produced.responses[0]!.partitionResponses[0]!;
    assert.equal(errorCode, 0, `an honest client's record was refused: ${errorName(errorCode)}`);
    return baseOffset;
  }
}

function describe(answer: Uint8Array | typeof CLOSED | undefined): string {
  if (answer === undefined) return "no answer and not closed within 2 s";
  return answer === CLOSED ? "the connection was closed" : `an answer of ${answer.length} bytes`;
}

/** One broker for the calling file, whose memory is looked at in the end. */
export function hostileTargetOfThisFile(options: MilenaOptions = {}): HostileTarget {
  const target = new HostileTarget();
  Deno.test.beforeAll(() => target.open(options));
  Deno.test.afterAll(async () => {
    try {
      await target.checkMemory();
    } finally {
      await target.close();
    }
  });
  return target;
}

/** Registers a test: `body` does harm, and an honest client is served after it. */
export function hostileTest(target: HostileTarget, name: string, body: () => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false, // the broker's process belongs to the whole file
    sanitizeResources: false,
    fn: async () => {
      await body();
      await target.serveHonestClient();
    },
  });
}

/** Registers each case as a test of its own. */
export function hostileTests(target: HostileTarget, cases: readonly HostileCase[]): void {
  for (const attack of cases) {
    hostileTest(target, `${attack.name} [${attack.why}]`, () => target.attack(attack));
  }
}
