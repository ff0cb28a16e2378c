/**
 * The same records by each way there is to write them, in bodies cut into chunks anywhere: what lies in the broker is what
 * was meant, and in its order.
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { BodyBudget } from "./request_body.ts";
import { bodyOf, linesOf, pieces, ProduceFixture } from "./testing/produce_fixture.ts";

const PARTITIONS = 3;
const ROUNDS = 15;
const encoder = new TextEncoder();

type Bytes = Uint8Array;

interface Meant {
  readonly partition: number;
  readonly timestamp: number;
  readonly key: Bytes | null;
  readonly value: Bytes | null;
  readonly headers: readonly { readonly key: string; readonly value: Bytes | null }[];
}

function randomMeant(random: SeededRandom): Meant {
  const text = (most: number) =>
    Array.from(
      { length: random.below(most) },
      () => random.pick(["a", '"', "\\", "\n", "é", "€", "🦊", "\0"]),
    )
      .join("");
  const bytes = (): Bytes | null => {
    const kind = random.below(5);
    if (kind === 0) return null;
    if (kind === 1) return random.bytes(random.below(100));
    if (kind === 2) return encoder.encode(JSON.stringify({ text: text(10), list: [1.5, null, text(3)] }));
    return encoder.encode(text(random.below(20) === 0 ? 3000 : 20));
  };
  return {
    partition: random.below(PARTITIONS),
    timestamp: random.below(2 ** 31) * 800,
    key: bytes(),
    value: bytes(),
    headers: Array.from({ length: random.below(3) }, () => ({ key: text(5), value: bytes() })),
  };
}

/** JSON of `value` with white space here and there, none of it a line feed. */
function loose(value: unknown, random: SeededRandom): string {
  const space = () => random.pick(["", "", " ", "\t"]);
  const write = (one: unknown): string => {
    if (Array.isArray(one)) return `[${space()}${one.map(write).join(`${space()},${space()}`)}${space()}]`;
    if (typeof one !== "object" || one === null) return JSON.stringify(one);
    const members = Object.entries(one).map(([name, member]) =>
      `${JSON.stringify(name)}${space()}:${space()}${write(member)}`
    );
    return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`;
  };
  return write(value);
}

const base64 = (bytes: Bytes | null) => bytes === null ? null : Buffer.from(bytes).toString("base64");

/** The text of `bytes`, if they have one. */
function textOf(bytes: Bytes | null): string | undefined {
  if (bytes === null) return undefined;
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

/** As a record of v2: each datum as text, if it is and chance will have it, else as base64. */
function v2Record(meant: Meant, random: SeededRandom): unknown {
  const datum = (name: string, bytes: Bytes | null) => {
    const text = random.below(2) === 0 ? textOf(bytes) : undefined;
    return text === undefined
      ? { [name]: base64(bytes), [`${name}_format`]: "base64" }
      : { [name]: text, [`${name}_format`]: "text" };
  };
  const { partition, timestamp, key, value, headers } = meant;
  return {
    partition,
    timestamp,
    headers: headers.map(({ key, value }) => ({ key, ...datum("value", value) })),
    ...datum("key", key),
    ...datum("value", value),
  };
}

function v3Record(meant: Meant, random: SeededRandom): unknown {
  const datum = (bytes: Bytes | null) => {
    if (bytes === null) return random.pick([null, { type: "BINARY", data: null }]);
    const text = random.below(2) === 0 ? textOf(bytes) : undefined;
    return text === undefined ? { type: "BINARY", data: base64(bytes) } : { data: text, type: "STRING" };
  };
  const { partition, timestamp, key, value, headers } = meant;
  return {
    partition_id: partition,
    timestamp: new Date(timestamp).toISOString(),
    headers: headers.map(({ key, value }) => ({ name: key, value: base64(value) })),
    key: datum(key),
    value: datum(value),
  };
}

interface Way {
  readonly name: string;
  /** Writes all of `records`, in `topic`. */
  readonly write: (
    test: ProduceFixture,
    topic: string,
    records: readonly Meant[],
    random: SeededRandom,
  ) => Promise<void>;
}

function chunked(text: string, random: SeededRandom): ReadableStream<Uint8Array<ArrayBuffer>> {
  const longest = random.pick([1, 3, 50, 5000]);
  return bodyOf(pieces(encoder.encode(text), longest, (limit) => random.below(limit))).stream;
}

const ways: readonly Way[] = [
  {
    name: "v2",
    async write(test, topic, records, random) {
      const body = loose({ records: records.map((record) => v2Record(record, random)) }, random);
      const answer = await test.written(`/topics/${topic}`, chunked(body, random), {
        "content-type": "application/json",
      });
      assert.equal(answer.offsets.length, records.length);
    },
  },
  {
    name: "NDJSON",
    async write(test, topic, records, random) {
      const lines = records.map((record) => loose(v2Record(record, random), random));
      const body = lines.join(random.pick(["\n", "\r\n", "\n\n"])) + random.pick(["", "\n"]);
      const answer = await test.written(`/topics/${topic}`, chunked(body, random), {
        "content-type": "application/x-ndjson",
      });
      assert.equal(answer.written, records.length);
    },
  },
  {
    name: "v3",
    async write(test, topic, records, random) {
      const body = records.map((record) => loose(v3Record(record, random), random)).join(
        random.pick(["", "\n", " "]),
      );
      const response = await test.post(
        `/v3/clusters/tiny/topics/${topic}/records`,
        chunked(body, random),
      );
      const reports = await Array.fromAsync(linesOf(response));
      assert.deepEqual(reports.map(({ error_code }) => error_code), records.map(() => 200));
    },
  },
];

for (const { name, write } of ways) {
  Deno.test(`records written as ${name} lie in the broker as they were meant, whatever they are and however they come`, async () => {
    const seed = testSeed();
    const random = new SeededRandom(seed);
    await using test = new ProduceFixture({}, {
      body: { maxBytes: 10_000_000, deadlineMs: 5000, budget: new BodyBudget(10_000_000) },
    });
    for (let round = 0; round < ROUNDS; round++) {
      const topic = `t${round}`;
      test.broker.create(topic, PARTITIONS);
      const records = Array.from({ length: 1 + random.below(40) }, () => randomMeant(random));
      await write(test, topic, records, random);
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const found = test.records(topic, partition).map(({ offset: _, ...record }) => ({
          partition,
          ...record,
        }));
        const meant = records.filter((record) => record.partition === partition);
        assert.deepEqual(found.map(plain), meant.map(plain), `seed ${seed}, round ${round}`);
      }
    }
  });
}

/** Bytes as text, so that differences can be read. */
function plain({ partition, timestamp, key, value, headers }: Meant) {
  const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString("hex");
  return {
    partition,
    timestamp,
    key: hex(key),
    value: hex(value),
    headers: headers.map(({ key, value }) => [key, hex(value)]),
  };
}
