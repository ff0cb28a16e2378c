/**
 * Committed offsets beside the dumbest thing that could be right: the list of all that was ever written, looked through from
 * end to end for every question. Plain and transactional commits, markers, deletions, clean stops, kills and power cuts.
 */
import assert from "node:assert/strict";
import { api } from "../../../protocol/apis.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import type { MemoryDisk } from "../../../tests/support/memory_disk.ts";
import { endUnknownTransaction } from "../../../tests/support/offset_requests.ts";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import { createTopic } from "../../../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../../../tests/support/test_broker.ts";
import type { TestClient } from "../../../tests/support/test_client.ts";
import { OFFSETS_TOPIC } from "../internal_topics.ts";

const ROUNDS = 15;
const LIVES = 5;
const STEPS = 40;
const GROUPS = ["a", "b", "c", "d"];
const TOPICS = ["x", "y"];
const PARTITIONS = [0, 1, 2];
const PRODUCERS = [11, 12, 13];
const JOURNAL_PARTITIONS = 2;
/** More than log.flush.interval.ms: what is older is on stable storage. */
const FLUSHED_AFTER_MS = 1100;

interface Place {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** One batch of the journal: it is there, or it is not. */
type Entry =
  | {
    readonly kind: "commit";
    readonly commits: readonly (Place & { readonly offset: number })[];
    readonly producerId?: number;
  }
  | { readonly kind: "delete"; readonly places: readonly Place[] }
  | { readonly kind: "marker"; readonly producerId: number; readonly isCommitted: boolean };

/** What was written to one partition of the journal, in order. */
class History {
  entries: Entry[] = [];
  /** So many of them are safe, whatever happens. */
  safeCount = 0;

  /** The offset that the commit has which counts for `place`; -1: none. */
  committed(place: Place): number {
    for (let at = this.entries.length - 1; at >= 0; at--) {
      const entry = this.entries[at]!;
      if (entry.kind === "delete" && entry.places.some((other) => isSame(other, place))) return -1;
      if (entry.kind !== "commit") continue;
      const commit = entry.commits.findLast((other) => isSame(other, place));
      if (commit === undefined) continue;
      if (entry.producerId === undefined || this.#endOf(entry.producerId, at) === true) return commit.offset;
    }
    return -1;
  }

  /** Whether a transaction that may change it is open. */
  isPending(place: Place): boolean {
    return this.entries.some((entry, at) =>
      entry.kind === "commit" && entry.producerId !== undefined &&
      entry.commits.some((commit) => isSame(commit, place)) &&
      this.#endOf(entry.producerId, at) === undefined &&
      !this.entries.slice(at).some((later) =>
        later.kind === "delete" && later.places.some((other) => isSame(other, place))
      )
    );
  }

  /** Leaves so many records, which must be whole entries, and all that are safe. */
  cutTo(recordCount: number): void {
    let records = 0;
    let kept = 0;
    while (records < recordCount) records += recordsOf(this.entries[kept++]!);
    assert.equal(records, recordCount, "a batch is there in part");
    assert.ok(kept >= this.safeCount, `${kept} entries are left of ${this.safeCount} that were safe`);
    this.entries = this.entries.slice(0, kept);
    this.safeCount = kept;
  }

  /** How the transaction ended that the producer's commit `at` belongs to. */
  #endOf(producerId: number, at: number): boolean | undefined {
    for (const entry of this.entries.slice(at)) {
      if (entry.kind === "marker" && entry.producerId === producerId) return entry.isCommitted;
    }
  }
}

function recordsOf(entry: Entry): number {
  if (entry.kind === "marker") return 1;
  return entry.kind === "commit" ? entry.commits.length : entry.places.length;
}

function isSame(a: Place, b: Place): boolean {
  return a.group === b.group && a.topic === b.topic && a.partition === b.partition;
}

/** One life of the broker: random requests, each answered and looked after. */
class Life {
  readonly #broker: TestBroker;
  readonly #random: SeededRandom;
  readonly #histories: readonly History[];
  readonly #client: TestClient;
  /** Of all producers. */
  readonly #epoch: number;

  constructor(broker: TestBroker, random: SeededRandom, histories: readonly History[], epoch: number) {
    this.#epoch = epoch;
    // Nobody has opened these transactions: it is only what becomes of offsets in them that is looked at.
    broker.server.broker.groups.offsets.verifyTransaction = (_asked, done) => done(ErrorCode.NONE);
    this.#broker = broker;
    this.#random = random;
    this.#histories = histories;
    this.#client = broker.connect();
  }

  *step(): Generator<void> {
    const dice = this.#random.below(12);
    if (dice < 5) yield* this.#commit();
    else if (dice < 8) yield* this.#commit(this.#random.pick(PRODUCERS));
    else if (dice < 10) this.#endTransaction();
    else if (dice < 11) yield* this.#delete();
    else yield* this.#pass();
  }

  /** Holds what the broker tells of every place beside the history. */
  *check(): Generator<void> {
    const topics = TOPICS.map((name) => ({ name, partitionIndexes: PARTITIONS }));
    for (const requireStable of [false, true]) {
      const { groups } = yield* this.#client.ask(api.OffsetFetch, 9, {
        requireStable,
        groups: GROUPS.map((groupId) => ({ groupId, topics })),
      });
      for (const { groupId: group, topics } of groups) {
        for (const { name: topic, partitions } of topics) {
          for (const { partitionIndex: partition, committedOffset, errorCode } of partitions) {
            const place = { group, topic, partition };
            const history = this.historyOf(group);
            const isUnstable = requireStable && history.isPending(place);
            assert.deepEqual(
              { ...place, committedOffset, errorCode },
              {
                ...place,
                committedOffset: isUnstable ? -1 : history.committed(place),
                errorCode: isUnstable ? ErrorCode.UNSTABLE_OFFSET_COMMIT : ErrorCode.NONE,
              },
            );
          }
        }
      }
    }
  }

  /** Sends commits whose answers nobody waits for. */
  *sendUnanswered(count: number): Generator<void> {
    for (let index = 0; index < count; index++) {
      const { group, body, entry } = this.#someCommit();
      this.#client.send(api.OffsetCommit, 9, body);
      this.historyOf(group).entries.push(entry);
    }
    yield;
  }

  historyOf(group: string): History {
    return this.#histories[this.#broker.server.broker.groups.journal.partitionOf(group)]!;
  }

  #someCommit(producerId?: number) {
    const group = this.#random.pick(GROUPS);
    const topics = TOPICS.filter(() => this.#random.below(2) === 0);
    if (topics.length === 0) topics.push(TOPICS[0]!);
    const asked = topics.map((name) => ({
      name,
      partitions: Array.from({ length: 1 + this.#random.below(3) }, () => ({
        partitionIndex: this.#random.pick(PARTITIONS),
        committedOffset: this.#random.below(1000),
        committedMetadata: null,
      })),
    }));
    const commits = asked.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, committedOffset: offset }) => ({
        group,
        topic,
        partition,
        offset,
      }))
    );
    const entry: Entry = { kind: "commit", commits, ...producerId === undefined ? {} : { producerId } };
    return { group, body: { groupId: group, memberId: "", topics: asked }, entry };
  }

  *#commit(producerId?: number): Generator<void> {
    const { group, body, entry } = this.#someCommit(producerId);
    const { topics } = producerId === undefined
      ? yield* this.#client.ask(api.OffsetCommit, 9, body)
      : yield* this.#client.ask(api.TxnOffsetCommit, 3, {
        ...body,
        transactionalId: `transaction ${producerId}`,
        producerId,
        producerEpoch: this.#epoch,
      });
    for (const { partitions } of topics) {
      for (const { errorCode } of partitions) assert.equal(errorCode, ErrorCode.NONE);
    }
    this.#note(group, entry);
  }

  #endTransaction(): void {
    const group = this.#random.pick(GROUPS);
    const producerId = this.#random.pick(PRODUCERS);
    const history = this.historyOf(group);
    // The coordinator writes markers where there is something to end.
    const isOpen =
      history.entries.findLast((entry) => entry.kind !== "delete" && entry.producerId === producerId)
        ?.kind === "commit";
    if (!isOpen) return;
    const isCommitted = this.#random.below(3) > 0;
    endUnknownTransaction(this.#broker, { group, producerId, producerEpoch: this.#epoch, isCommitted });
    // Nobody has waited for it to be acknowledged.
    history.entries.push({ kind: "marker", producerId, isCommitted });
  }

  *#delete(): Generator<void> {
    const group = this.#random.pick(GROUPS);
    const topic = this.#random.pick(TOPICS);
    const history = this.historyOf(group);
    const asked = PARTITIONS.filter(() => this.#random.below(2) === 0);
    const { errorCode } = yield* this.#client.ask(api.OffsetDelete, 0, {
      groupId: group,
      topics: [{ name: topic, partitions: asked.map((partitionIndex) => ({ partitionIndex })) }],
    });
    const isThere = errorCode === ErrorCode.NONE;
    assert.ok(isThere || errorCode === ErrorCode.GROUP_ID_NOT_FOUND, String(errorCode));
    const places = asked.map((partition) => ({ group, topic, partition }))
      .filter((place) => history.committed(place) !== -1 || history.isPending(place));
    assert.ok(isThere || places.length === 0);
    if (places.length > 0) this.#note(group, { kind: "delete", places });
  }

  *#pass(): Generator<void> {
    yield* this.#broker.pass(FLUSHED_AFTER_MS);
    for (const history of this.#histories) history.safeCount = history.entries.length;
  }

  /** An entry that was acknowledged. */
  #note(group: string, entry: Entry): void {
    const history = this.historyOf(group);
    history.entries.push(entry);
    if (this.#broker.config.logDefaults.flushMessages === 1) history.safeCount = history.entries.length;
  }
}

/** Producers whose transactions the start has aborted. */
function producersEndedIn({ lines }: TestBroker, partition: number): number[] {
  return lines.flatMap((line) => {
    const found = /the transaction of producer (\d+) .* in (\S+), open since .* aborted/.exec(line);
    return found?.[2] === `${OFFSETS_TOPIC}-${partition}` ? [Number(found[1])] : [];
  });
}

/** A broker through several lives. */
function run(seed: number, isSynced: boolean): void {
  const random = new SeededRandom(seed);
  const settings = {
    "offsets.topic.num.partitions": String(JOURNAL_PARTITIONS),
    ...isSynced ? { "log.flush.interval.messages": "1" } : {},
  };
  const histories = Array.from({ length: JOURNAL_PARTITIONS }, () => new History());
  let disk: MemoryDisk | undefined;
  for (let life = 0; life < LIVES; life++) {
    const ending = random.pick(["stop", "kill", "power cut"]);
    let next: MemoryDisk | undefined;
    const broker = runBroker(function* (broker) {
      if (life === 0) {
        const client = broker.connect();
        for (const name of TOPICS) yield* createTopic(client, name, { partitions: PARTITIONS.length });
        broker.server.broker.groups.journal.ensureTopic();
      }
      for (const [partition, history] of histories.entries()) {
        // A start ends what no coordinator knows.
        const ended = producersEndedIn(broker, partition);
        history.cutTo(broker.log(OFFSETS_TOPIC, partition).endOffset - ended.length);
        for (const producerId of ended) {
          history.entries.push({ kind: "marker", producerId, isCommitted: false });
        }
      }
      const ordinary = new Life(broker, random, histories, life);
      yield* ordinary.check();
      for (let step = 0; step < STEPS; step++) {
        yield* ordinary.step();
        if (step % 8 === 0) yield* ordinary.check();
      }
      yield* ordinary.check();
      if (ending === "stop") {
        for (const history of histories) history.safeCount = history.entries.length;
        return;
      }
      if (isSynced) broker.ioWorker.hold(["sync"]);
      yield* ordinary.sendUnanswered(random.below(4));
      // A kill takes nothing that was written.
      if (ending === "kill") { for (const history of histories) history.safeCount = history.entries.length; }
      next = ending === "kill" ? broker.disk.afterKill() : broker.disk.afterPowerCut(random);
    }, { settings, ...disk === undefined ? {} : { disk } });
    disk = next ?? broker.disk;
  }
}

for (const isSynced of [false, true]) {
  const promise = isSynced ? "flush.messages=1, where nothing acknowledged is lost" : "the defaults";
  Deno.test(`committed offsets are what was written last, through kills and power cuts, with ${promise}`, () => {
    const first = testSeed();
    for (let seed = first; seed < first + ROUNDS; seed++) {
      try {
        run(seed, isSynced);
      } catch (error) {
        throw new Error(`seed ${seed} (MILENA_TEST_SEED): ${(error as Error).message}`, { cause: error });
      }
    }
  });
}
