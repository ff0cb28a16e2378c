/**
 * Transactional producers at a whole broker in memory, which is killed, cut off from power and started again at random: between
 * any two calls to the disk. From one seed. Beside it stands what each producer knows of its transactions.
 *
 * What is checked, after each start and at the end:
 * - Who reads committed records sees nothing of a transaction whose commit nobody has asked for, nothing twice, and nothing out
 *   of order; and once a commit is answered, all that was acknowledged. A commit that was asked for and not answered is there in
 *   all partitions, or in none.
 * - No two producers are given the same id and epoch.
 * - No transaction stays open that no producer is at work on.
 *
 * After a power cut without `flush.messages=1` less is promised: what was committed may be missing. All the rest holds.
 * @module
 */
import assert from "node:assert/strict";
import { ErrorCode, errorName } from "../../../protocol/errors.ts";
import { committedValues } from "../../support/committed_values.ts";
import type { MemoryDisk } from "../../support/memory_disk.ts";
import { SeededRandom } from "../../support/random.ts";
import { createTopic } from "../../support/requests.ts";
import { TestClock } from "../../support/storage_fixture.ts";
import { runBroker, type Script, type TestBroker } from "../../support/test_broker.ts";
import { TransactionalProducer } from "../../support/transactional_producer.ts";

const TOPIC = "topic";
const PARTITIONS = 3;
const TRANSACTIONAL_IDS = ["a", "b"];
const MAX_PRODUCERS_PER_ID = 3;
const LIVES = 4;
const STEPS_PER_LIFE = 40;
const ANSWERED_WITHIN_TURNS = 30;
const HELD_FOR_TURNS = 10;
/** Of a producer that comes to rest at the end. */
const PATIENCE = 40;

type Fate = "open" | "commit asked" | "committed" | "not committed";

/** A transaction as its producer knows it. */
class Attempt {
  fate: Fate = "open";
  /** Acknowledged values by partition. */
  readonly values = new Map<number, string[]>();
}

/** What the producer has asked and not been answered. */
type Asked =
  | { readonly kind: "init" }
  | { readonly kind: "add" }
  | { readonly kind: "produce"; readonly partition: number; readonly value: string }
  | { readonly kind: "end"; readonly isCommit: boolean };

/** A client: it asks one thing after the other, and again what was not answered. */
class Client {
  readonly producer: TransactionalProducer;
  attempt: Attempt | undefined;
  asked: Asked | undefined = { kind: "init" };
  isAdded = false;
  /** The power has failed since it began, and may have taken what it was told. */
  isStale = false;
  /** It has been told that it is not wanted any more. */
  isDone = false;

  constructor(broker: TestBroker, readonly transactionalId: string, readonly protocol: 1 | 2) {
    this.producer = new TransactionalProducer(broker.connect(), transactionalId, { protocol });
  }
}

export class BrokerSimulation {
  readonly #random: SeededRandom;
  readonly #isSynced: boolean;
  readonly #attempts: Attempt[] = [];
  #clients: Client[] = [];
  readonly #identities = new Map<string, Client>();
  #nextValue = 0;
  /** A power cut has taken what was promised only to kills. */
  #hasLost = false;

  constructor(readonly seed: number) {
    this.#random = new SeededRandom(seed);
    this.#isSynced = this.#random.below(2) === 0;
  }

  run(): void {
    const clock = new TestClock();
    const settings = {
      "log.flush.interval.messages": this.#isSynced ? "1" : "9223372036854775807",
      "transaction.state.log.num.partitions": "2",
    };
    let disk: MemoryDisk | undefined;
    for (let life = 0; life <= LIVES; life++) {
      const isLast = life === LIVES;
      let left: MemoryDisk | undefined;
      const { disk: stopped } = runBroker(
        (broker) => this.#live(broker, { isFirst: life === 0, isLast, onCrash: (after) => left = after }),
        { settings, clock, seed: this.#random.uint32(), ...disk === undefined ? {} : { disk } },
      );
      disk = left ?? stopped;
      clock.advance(1000);
    }
  }

  *#live(
    broker: TestBroker,
    { isFirst, isLast, onCrash }: {
      readonly isFirst: boolean;
      readonly isLast: boolean;
      readonly onCrash: (left: MemoryDisk) => void;
    },
  ): Script {
    const reader = broker.connect();
    if (isFirst) yield* createTopic(reader, TOPIC, { partitions: PARTITIONS });
    for (const client of this.#clients) client.producer.client = broker.connect();
    // The power may also fail when all is on stable storage.
    this.#hasLost &&= broker.server.broker.topics.mayHaveLostWrites;
    if (this.#hasLost) yield* this.#forgive(broker);
    else yield* this.#check(broker);
    let hasCrashed = false;
    if (!isLast && this.#random.below(5) > 0) {
      this.#crashLater(broker, (left) => {
        hasCrashed = true;
        onCrash(left);
      });
    }
    for (let step = 0; step < STEPS_PER_LIFE && !hasCrashed; step++) {
      yield* this.#step(broker, () => hasCrashed);
    }
    broker.ioWorker.letGo();
    if (!isLast || hasCrashed) return;
    yield* this.#rest(broker);
    yield* this.#check(broker);
  }

  /** Between two calls: what the disk holds then is what the next start finds, and no answer comes any more. */
  #crashLater(broker: TestBroker, onCrash: (left: MemoryDisk) => void): void {
    let callsLeft = this.#random.below(200);
    const isPowerCut = this.#random.below(2) === 0;
    const { disk } = broker;
    const { onCall } = disk;
    disk.onCall = (call, path) => {
      onCall(call, path);
      if (--callsLeft !== 0) return;
      if (isPowerCut && !this.#isSynced) this.#hasLost = true;
      onCrash(isPowerCut ? broker.disk.afterPowerCut(this.#random) : broker.disk.afterKill());
    };
  }

  *#step(broker: TestBroker, hasCrashed: () => boolean): Script {
    const { ioWorker, clock } = broker;
    switch (this.#random.below(12)) {
      case 0:
        return ioWorker.hold(["sync"]);
      case 1:
      case 2:
        ioWorker.letGo();
        return yield;
      case 3:
        clock.advance(this.#random.below(3000));
        return yield;
      case 4:
        return this.#addClient(broker);
    }
    const client = this.#random.pick([undefined, ...this.#clients.filter(({ isDone }) => !isDone)]);
    if (client !== undefined) yield* this.#ask(client, broker, hasCrashed);
  }

  #addClient(broker: TestBroker): void {
    const transactionalId = this.#random.pick(TRANSACTIONAL_IDS);
    const others = this.#clients.filter((client) => client.transactionalId === transactionalId);
    if (others.length === MAX_PRODUCERS_PER_ID) {
      // The oldest is gone for good, whatever it was about.
      const [oldest] = others;
      if (oldest!.asked !== undefined && !oldest!.isDone) return;
      this.#clients = this.#clients.filter((client) => client !== oldest);
    }
    this.#clients.push(new Client(broker, transactionalId, this.#random.below(2) === 0 ? 1 : 2));
  }

  /** One request, new or repeated; without an answer it stays asked. */
  *#ask(client: Client, broker: TestBroker, hasCrashed: () => boolean): Script {
    const asked = client.asked ??= this.#nextWish(client);
    if (asked.kind === "end" && asked.isCommit && client.attempt?.fate === "open") {
      client.attempt.fate = "commit asked";
    }
    const { producer } = client;
    const answering = this.#send(client, asked);
    answering.next();
    for (let turn = 0; turn < ANSWERED_WITHIN_TURNS; turn++) {
      yield;
      if (hasCrashed()) return;
      if (!producer.client.hasNothing()) {
        const { value, done } = answering.next();
        assert.ok(done);
        return this.#answered(client, asked, value);
      }
      // A sync that is held may hold the answer, for a while.
      if (this.#random.below(4) === 0) broker.ioWorker.release();
      if (turn === HELD_FOR_TURNS) broker.ioWorker.letGo();
    }
    assert.fail(`${asked.kind} is not answered`);
  }

  #send({ producer }: Client, asked: Asked): Generator<void, number> {
    switch (asked.kind) {
      case "init":
        return producer.init();
      case "add":
        return producer.add(TOPIC, ...Array.from({ length: PARTITIONS }, (_, partition) => partition));
      case "produce":
        return producer.produce(TOPIC, asked.partition, asked.value);
      case "end":
        return producer.end(asked.isCommit);
    }
  }

  #nextWish(client: Client): Asked {
    client.attempt ??= this.#newAttempt();
    if (client.protocol === 1 && !client.isAdded) return { kind: "add" };
    if (client.attempt.values.size === 0 || this.#random.below(3) > 0) {
      return {
        kind: "produce",
        partition: this.#random.below(PARTITIONS),
        value: `${client.transactionalId}${this.#nextValue++}`,
      };
    }
    return { kind: "end", isCommit: this.#random.below(3) > 0 };
  }

  #newAttempt(): Attempt {
    const attempt = new Attempt();
    this.#attempts.push(attempt);
    return attempt;
  }

  #answered(client: Client, asked: Asked, error: number): void {
    const { attempt, producer } = client;
    if (isTransient(error)) return;
    client.asked = undefined;
    if (error !== ErrorCode.NONE) return this.#refused(client, asked, error);
    assert.ok(
      !client.isStale || asked.kind === "init",
      `${asked.kind} of a producer from before a power cut`,
    );
    client.isStale = false;
    switch (asked.kind) {
      case "init": {
        const identity = `${producer.producerId}/${producer.producerEpoch}`;
        const owner = this.#identities.get(identity);
        assert.ok(owner === undefined || owner === client, `two producers are ${identity}`);
        this.#identities.set(identity, client);
        break;
      }
      case "add":
        client.isAdded = true;
        break;
      case "produce": {
        const values = attempt!.values.get(asked.partition) ?? [];
        attempt!.values.set(asked.partition, [...values, asked.value]);
        break;
      }
      case "end":
        attempt!.fate = asked.isCommit ? "committed" : "not committed";
        client.attempt = undefined;
        client.isAdded = false;
    }
  }

  /** It is fenced, or its transaction was aborted under its hands: it is over, and somebody else may start. */
  #refused(client: Client, asked: Asked, error: number): void {
    const { attempt } = client;
    assert.ok(
      [
        ErrorCode.PRODUCER_FENCED,
        ErrorCode.INVALID_PRODUCER_EPOCH,
        ErrorCode.INVALID_PRODUCER_ID_MAPPING,
        ErrorCode.INVALID_TXN_STATE,
        ErrorCode.TRANSACTION_ABORTABLE,
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      ].includes(error as never),
      `${asked.kind} is answered with ${errorName(error)}`,
    );
    // Whether a commit that was asked for before has come through is for the log to say.
    if (attempt?.fate === "open") attempt.fate = "not committed";
    client.isDone = true;
  }

  /** What was committed may be gone with the power, and whoever was at work is heard no more. The rest stays. */
  *#forgive(broker: TestBroker): Script {
    this.#hasLost = false;
    assert.ok(isStable(broker), "a transaction is open after a power cut");
    const seen = yield* this.#readAll(broker);
    for (const attempt of this.#attempts) {
      attempt.fate = attempt.fate === "committed" || attempt.fate === "commit asked"
        ? "committed"
        : "not committed";
      for (const [partition, values] of attempt.values) {
        attempt.values.set(partition, values.filter((value) => seen[partition]!.has(value)));
      }
    }
    for (const client of this.#clients) {
      client.isStale = true;
      client.attempt = undefined;
    }
  }

  /** All clients finish, and all transactions end. */
  *#rest(broker: TestBroker): Script {
    for (const client of this.#clients) {
      for (let turn = 0; turn < PATIENCE && !client.isDone; turn++) {
        if (client.asked === undefined && client.attempt === undefined) break;
        if (client.asked === undefined) client.asked = { kind: "end", isCommit: this.#random.below(2) === 0 };
        yield* this.#ask(client, broker, () => false);
        broker.clock.advance(1000);
      }
    }
    // What nobody is at work on any more runs out of time.
    broker.clock.advance(120_000);
    yield;
    yield;
    for (const { transactionalId, status } of broker.server.broker.transactions.transactions()) {
      assert.ok(
        status === "Empty" || status.startsWith("Complete"),
        `${transactionalId} is ${status} in the end`,
      );
    }
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const log = broker.log(TOPIC, partition);
      assert.equal(
        log.lastStableOffset,
        log.endOffset,
        `${log.name} has a transaction that is open for ever`,
      );
    }
  }

  *#check(broker: TestBroker): Script {
    const seen = yield* this.#readAll(broker);
    // Behind an open transaction nothing is read, whatever it is.
    if (!isStable(broker)) return;
    for (const attempt of this.#attempts) this.#checkAttempt(attempt, seen);
  }

  /** What is read as committed, by partition. */
  *#readAll(broker: TestBroker): Script<Set<string>[]> {
    const reader = broker.connect();
    const seen: Set<string>[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const values = yield* committedValues(reader, TOPIC, partition);
      const set = new Set(values);
      assert.equal(set.size, values.length, `something is read twice: ${values}`);
      this.#checkPartition(set, partition);
      seen.push(set);
    }
    return seen;
  }

  #checkPartition(seen: ReadonlySet<string>, partition: number): void {
    const allowed = new Set<string>();
    for (const { fate, values } of this.#attempts) {
      if (fate === "committed" || fate === "commit asked") {
        for (const value of values.get(partition) ?? []) allowed.add(value);
      }
    }
    for (const value of seen) {
      assert.ok(allowed.has(value), `${value} is read as committed, and nobody has asked for that`);
    }
  }

  #checkAttempt({ fate, values }: Attempt, seen: readonly ReadonlySet<string>[]): void {
    const acknowledged = [...values].flatMap(([partition, values]) =>
      values.map((value) => ({ value, isSeen: seen[partition]!.has(value) }))
    );
    const seenCount = acknowledged.filter(({ isSeen }) => isSeen).length;
    if (fate === "committed") {
      assert.equal(
        seenCount,
        acknowledged.length,
        `of a committed transaction something is missing: ${JSON.stringify(acknowledged)}`,
      );
    }
    if (fate === "commit asked") {
      assert.ok(
        seenCount === 0 || seenCount === acknowledged.length,
        `a transaction is there in part: ${JSON.stringify(acknowledged)}`,
      );
    }
  }
}

/** All records of the topic are readable. */
function isStable(broker: TestBroker): boolean {
  return Array.from({ length: PARTITIONS }, (_, partition) => broker.log(TOPIC, partition)).every(
    ({ lastStableOffset, endOffset }) => lastStableOffset === endOffset,
  );
}

/** To be asked again. */
function isTransient(error: number): boolean {
  return error === ErrorCode.CONCURRENT_TRANSACTIONS || error === ErrorCode.NOT_ENOUGH_REPLICAS ||
    error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
}
