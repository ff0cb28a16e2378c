/**
 * Commits of one client over one raw connection, so many on their way at once.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { Connection } from "../../client/connection.ts";
import { errorName } from "../../protocol/errors.ts";
import { Reader } from "../../protocol/primitives.ts";
import { readProcess } from "../../tests/support/process_figures.ts";
import { type BrokerProcess, HOST } from "../peers/broker_process.ts";
import { TopicSet } from "../peers/topic_set.ts";
import { CommitFrames } from "./commit_frames.ts";

const READ_BYTES = 1 << 20;
/** As {@link CommitFrames} sends them. */
const VERSION = 9;
const WITHIN_MS = 60_000;

export interface CommitRun {
  readonly broker: string;
  readonly inFlight: number;
  readonly partitions: number;
  readonly commitsPerSecond: number;
  /** Of the broker, for each commit. */
  readonly cpuMicroseconds: number;
  /** What the client itself took, for each commit. */
  readonly clientMicroseconds: number;
}

export interface CommitOptions {
  /** Commits that are on their way at once. */
  readonly inFlight: number;
  /** Partitions of the topic, committed by turns. */
  readonly partitions: number;
  readonly ms: number;
}

/** Commits one by one, each in a request of its own, and checks every answer. */
export async function commits(
  broker: BrokerProcess,
  { inFlight, partitions, ms }: CommitOptions,
): Promise<CommitRun> {
  const name = `commit-${crypto.randomUUID().slice(0, 8)}`;
  const topics = new TopicSet(name, partitions);
  const { topic } = topics.places()[0]!;
  using connection = await broker.connect();
  await topics.create(connection);
  await untilCommitted(connection, name, topic);

  const half = Math.max(1, inFlight >> 1);
  const options = { group: name, topic, partitions, count: half };
  using socket = await Deno.connect({ hostname: HOST, port: Number(broker.bootstrap.split(":")[1]) });
  const answers = new Answers(socket);
  const before = broker.figures();
  const cpuBefore = clientSeconds();
  const begin = performance.now();
  let count = 0;
  // Two halves, so that the broker has one to work on while the other's answers are on their way.
  const halves = [new CommitFrames(options), new CommitFrames(options)];
  const sending = halves.slice(1).map((frames) => sendAll(socket, frames.next()));
  await sendAll(socket, halves[0]!.next());
  await Promise.all(sending);
  for (let turn = 0; performance.now() - begin < ms; turn++) {
    await answers.take(half);
    count += half;
    await sendAll(socket, halves[turn % 2]!.next());
  }
  await answers.take(2 * half);
  count += 2 * half;
  const seconds = (performance.now() - begin) / 1000;
  const after = broker.figures();
  await checkCommitted(connection, name, topic, Math.min(partitions, half));
  const cpuSeconds = after.userSeconds + after.systemSeconds - before.userSeconds - before.systemSeconds;
  return {
    broker: broker.name,
    inFlight: 2 * half,
    partitions,
    commitsPerSecond: count / seconds,
    cpuMicroseconds: cpuSeconds / count * 1e6,
    clientMicroseconds: (clientSeconds() - cpuBefore) / count * 1e6,
  };
}

/** The first commit: Apache Kafka makes its topic when somebody asks for a group's coordinator, and takes its time. */
async function untilCommitted(connection: Connection, groupId: string, topic: string): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    try {
      await connection.request(api.FindCoordinator, { coordinatorKeys: [groupId], keyType: 0 });
    } catch {
      // A broker on which that is not served yet does without.
    }
    const { topics } = await connection.request(api.OffsetCommit, {
      groupId,
      memberId: "",
      topics: [{
        name: topic,
        partitions: [{ partitionIndex: 0, committedOffset: 0, committedMetadata: "" }],
      }],
    }, { maxVersion: VERSION });
    const { errorCode } = topics[0]!.partitions[0]!;
    if (errorCode === 0) return;
    if (performance.now() > deadline) throw new Error(`OffsetCommit: ${errorName(errorCode)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** That it was not for nothing. */
async function checkCommitted(
  connection: Connection,
  groupId: string,
  topic: string,
  partitions: number,
): Promise<void> {
  const { groups } = await connection.request(api.OffsetFetch, {
    groups: [{ groupId, topics: null }],
  }, { maxVersion: VERSION });
  const committed = groups[0]?.topics.find(({ name }) => name === topic)?.partitions ?? [];
  if (committed.length !== partitions || committed.some(({ committedOffset }) => committedOffset < 0)) {
    throw new Error(
      `${partitions} partitions were committed; OffsetFetch tells of ${JSON.stringify(committed)}`,
    );
  }
}

async function sendAll(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
}

/** Takes answers off a connection. */
class Answers {
  readonly #socket: Deno.Conn;
  readonly #bytes = new Uint8Array(READ_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #end = 0;

  constructor(socket: Deno.Conn) {
    this.#socket = socket;
  }

  /** Waits for `count` answers, and throws if one is an error. */
  async take(count: number): Promise<void> {
    let start = 0;
    while (count > 0) {
      while (count > 0 && this.#end - start >= 4) {
        const next = start + 4 + this.#view.getInt32(start);
        if (next > this.#end) break;
        // Behind partition and error code come the ends of partition, topic and answer, a byte each.
        if (this.#view.getInt16(next - 5) !== 0) throw refused(this.#bytes.subarray(start + 4, next));
        start = next;
        count--;
      }
      this.#bytes.copyWithin(0, start, this.#end);
      this.#end -= start;
      start = 0;
      if (count === 0) return;
      const received = await this.#socket.read(this.#bytes.subarray(this.#end));
      if (received === null) throw new Error("the broker has closed the connection");
      this.#end += received;
    }
  }
}

function refused(frame: Uint8Array): Error {
  const reader = new Reader(frame, 5);
  const { topics } = api.OffsetCommit.response.decode(reader, VERSION);
  return new Error(`OffsetCommit: ${errorName(topics[0]?.partitions[0]?.errorCode ?? -1)}`);
}

function clientSeconds(): number {
  const { userSeconds, systemSeconds } = readProcess(Deno.pid);
  return userSeconds + systemSeconds;
}
