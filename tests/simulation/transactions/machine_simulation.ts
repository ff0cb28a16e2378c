/**
 * The state machine of one transactional id, with partitions that are lists and clients that lose answers, restart and come
 * between each other. From one seed. Beside it stands what each transaction's outcome was decided to be.
 *
 * What is checked:
 * - A reader of committed records sees the records of committed transactions, all of them, and no other.
 * - Who is told that his commit has succeeded had all his records in a transaction that was committed; for an abort, in none.
 * - No two clients are given the same id and epoch, and a client that was followed by another changes nothing any more.
 * - What was asked and not answered can be asked again: nothing happens twice.
 * - In the end no transaction is open.
 * @module
 */
import assert from "node:assert/strict";
import {
  addPartitions,
  complete,
  endTransaction,
  fence,
  initProducer,
  isPrepared,
  isTimedOut,
  type ProducerIdentity,
  type StepContext,
  type Transaction,
  type Verdict,
  verifyPartition,
} from "../../../broker/coordinator/transactions/transaction.ts";
import {
  readTransactionRecord,
  transactionRecord,
} from "../../../broker/coordinator/transactions/transaction_record.ts";
import { eachPartition, topicPartitions } from "../../../broker/coordinator/transactions/topic_partitions.ts";
import { ErrorCode, errorName } from "../../../protocol/errors.ts";
import { SeededRandom } from "../../support/random.ts";

const TOPIC = "topic";
const ID = "mine";
const PARTITIONS = [0, 1, 2];
const STEPS = 120;
const MAX_CLIENTS = 3;
const TIMEOUT_MS = 1000;
const PATIENCE = 50;
/** Shortly before the epochs of an id are used up. */
const LATE_EPOCH = 32_762;
const LAST_EPOCH = 32_766;

interface Entry extends ProducerIdentity {
  /** Undefined: a marker. */
  readonly value: number | undefined;
  readonly isCommit: boolean;
}

/** A transaction as it really is. */
interface Instance {
  outcome: boolean | undefined;
  readonly values: Set<number>;
}

interface Wish {
  readonly kind: "init" | "go on" | "add" | "produce" | "commit" | "abort";
  readonly partition: number;
}

class Client {
  identity: ProducerIdentity | undefined;
  /** What was asked and not answered. */
  asked: Wish | undefined = { kind: "init", partition: 0 };
  added = new Set<number>();
  values: number[] = [];
  /** What it has asked to be written is. */
  isWritten = false;
  instance: Instance | undefined;
  isDone = false;

  constructor(readonly clientVersion: 0 | 2) {}
}

export class MachineSimulation {
  readonly #random: SeededRandom;
  readonly #serverVersion: 0 | 2;
  readonly #partitions: Entry[][] = PARTITIONS.map(() => []);
  readonly #instances: Instance[] = [];
  readonly #owners = new Map<string, Client>();
  #transaction: Transaction | undefined;
  #instance: Instance | undefined;
  /** Partitions that a prepared transaction has no marker in. */
  #missing = new Set<number>();
  #clients: Client[] = [];
  #nowMs = 1_000_000;
  #nextProducerId = 0;
  #nextValue = 0;

  constructor(readonly seed: number) {
    this.#random = new SeededRandom(seed);
    this.#serverVersion = this.#random.below(4) > 0 ? 2 : 0;
  }

  run(): void {
    const isLate = this.#random.below(3) === 0;
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      if (isLate && step === 5) this.#growOld();
    }
    this.#rest();
    this.#check();
  }

  #step(): void {
    const dice = this.#random.below(20);
    if (dice === 0) this.#restart();
    else if (dice === 1) this.#nowMs += this.#random.below(600);
    else if (dice === 2) this.#abortTimedOut();
    else if (dice === 3) this.#addClient();
    else if (dice < 8) this.#writeMarker();
    else {
      const client = this.#random.pick(this.#clients.length > 0 ? this.#clients : [undefined]);
      if (client !== undefined) this.#ask(client);
    }
  }

  get #context(): StepContext {
    return {
      nowMs: this.#nowMs,
      serverVersion: this.#serverVersion,
      // Now and then there is none at once.
      takeProducerId: () => this.#random.below(5) === 0 ? undefined : this.#nextProducerId++,
    };
  }

  /** Only what is in the record is left. */
  #restart(): void {
    if (this.#transaction === undefined) return;
    const record = transactionRecord(this.#transaction);
    const { transaction } = readTransactionRecord(record)!;
    assert.deepEqual(transaction, { ...this.#transaction, lastProducerEpoch: -1 });
    this.#transaction = transaction;
    // All markers are written again: it does no harm.
    if (isPrepared(transaction!)) this.#missing = new Set(partitionsOf(transaction!));
  }

  /** The present producer has asked often. */
  #growOld(): void {
    const transaction = this.#transaction;
    if (transaction === undefined || isPrepared(transaction) || transaction.status === "Ongoing") return;
    this.#transaction = { ...transaction, producerEpoch: LATE_EPOCH + this.#random.below(6) };
    for (const client of this.#clients) client.isDone = client.identity !== undefined;
    this.#clients = this.#clients.filter(({ isDone }) => !isDone);
  }

  #addClient(): void {
    if (this.#clients.length >= MAX_CLIENTS) this.#clients.shift();
    // By the second version only where the broker is of that, too.
    const clientVersion = this.#serverVersion === 2 && this.#random.below(2) === 0 ? 2 : 0;
    this.#clients.push(new Client(clientVersion));
  }

  #take({ errorCode, next }: Verdict): number {
    if (next === undefined) return errorCode;
    const before = this.#transaction;
    this.#transaction = next;
    if (next.status === "Ongoing" && before?.status !== "Ongoing") {
      this.#instance = { outcome: undefined, values: new Set() };
      this.#instances.push(this.#instance);
    }
    if (isPrepared(next)) {
      const isCommit = next.status === "PrepareCommit";
      if (before?.status === "Ongoing") this.#instance!.outcome = isCommit;
      // An abort of nothing is an instance of its own.
      else this.#instances.push(this.#instance = { outcome: isCommit, values: new Set() });
      this.#missing = new Set(partitionsOf(next));
      if (this.#missing.size === 0) this.#transaction = complete(next, this.#nowMs);
    }
    return errorCode;
  }

  #abortTimedOut(): void {
    const transaction = this.#transaction;
    if (transaction !== undefined && isTimedOut(transaction, this.#nowMs)) {
      this.#take(fence(transaction, this.#context));
    }
  }

  #writeMarker(): void {
    const transaction = this.#transaction;
    if (transaction === undefined || !isPrepared(transaction)) return;
    const partition = this.#random.pick([...this.#missing]);
    const { producerId, producerEpoch, status } = transaction;
    const isCommit = status === "PrepareCommit";
    this.#partitions[partition]!.push({ producerId, producerEpoch, value: undefined, isCommit });
    this.#missing.delete(partition);
    if (this.#missing.size === 0) this.#transaction = complete(transaction, this.#nowMs);
  }

  #ask(client: Client): void {
    if (client.isDone) return;
    const wish = client.asked ??= this.#wish(client);
    const { errorCode, identity } = this.#execute(client, wish);
    // The answer is lost, and it asks again.
    if (this.#random.below(6) === 0) return;
    this.#answered(client, wish, errorCode, identity);
  }

  #wish(client: Client): Wish {
    const partition = this.#random.pick(PARTITIONS);
    const dice = this.#random.below(12);
    if (dice === 0) return { kind: "go on", partition };
    if (dice < 3 && client.values.length > 0) return { kind: "commit", partition };
    if (dice < 4 && (client.values.length > 0 || client.clientVersion === 2)) {
      return { kind: "abort", partition };
    }
    const mustAdd = client.clientVersion === 0 && !client.added.has(partition);
    return { kind: mustAdd ? "add" : "produce", partition };
  }

  #execute(client: Client, { kind, partition }: Wish): { errorCode: number; identity?: ProducerIdentity } {
    const transaction = this.#transaction;
    const producer = client.identity!;
    switch (kind) {
      case "init":
      case "go on": {
        const expected = kind === "init" ? undefined : producer;
        const request = { transactionalId: ID, timeoutMs: TIMEOUT_MS, expected };
        const errorCode = this.#take(initProducer(transaction, request, this.#context));
        return { errorCode, identity: this.#transaction! };
      }
      case "add": {
        const added = topicPartitions([[TOPIC, [partition]]]);
        return { errorCode: this.#take(addPartitions(transaction, producer, added, 0, this.#context)) };
      }
      case "produce":
        return { errorCode: this.#produce(client, partition) };
      case "commit":
      case "abort": {
        const errorCode = this.#take(
          endTransaction(transaction, producer, kind === "commit", client.clientVersion, this.#context),
        );
        const now = this.#transaction!;
        return { errorCode, identity: now !== undefined && isPrepared(now) ? complete(now, 0) : now };
      }
    }
  }

  #produce(client: Client, partition: number): number {
    const producer = client.identity!;
    const log = this.#partitions[partition]!;
    const mine = log.filter(({ producerId }) => producerId === producer.producerId);
    const last = mine.at(-1);
    const epoch = Math.max(-1, ...mine.map(({ producerEpoch }) => producerEpoch));
    const isOpen = last !== undefined && last.value !== undefined &&
      last.producerEpoch === producer.producerEpoch;
    if (!isOpen) {
      const added = topicPartitions([[TOPIC, [partition]]]);
      const error = client.clientVersion === 2
        ? this.#take(addPartitions(this.#transaction, producer, added, 2, this.#context))
        : verifyPartition(this.#transaction, producer, TOPIC, partition);
      if (error !== ErrorCode.NONE) return error;
    }
    if (producer.producerEpoch < epoch) return ErrorCode.INVALID_PRODUCER_EPOCH;
    // Between a decision to abort and its marker a partition takes what it will drop.
    if (this.#instance!.outcome === undefined) {
      const { status, ...owner } = this.#transaction!;
      assert.equal(status, "Ongoing", "a record comes into a transaction that is not open");
      assert.equal(owner.producerId, producer.producerId, "somebody else writes");
      assert.equal(owner.producerEpoch, producer.producerEpoch, "a fenced producer writes");
    } else assert.equal(this.#instance!.outcome, false, "a record comes into what is committed already");
    client.instance ??= this.#instance;
    assert.equal(client.instance, this.#instance, "a client's records are in two transactions");
    // A repeated batch is known by its sequence, and is not written twice.
    if (client.isWritten) return ErrorCode.NONE;
    client.isWritten = true;
    const value = this.#nextValue++;
    log.push({ ...producer, value, isCommit: false });
    this.#instance!.values.add(value);
    client.values.push(value);
    return ErrorCode.NONE;
  }

  #answered(client: Client, wish: Wish, errorCode: number, identity: ProducerIdentity | undefined): void {
    if (
      errorCode === ErrorCode.CONCURRENT_TRANSACTIONS || errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    ) return;
    client.asked = undefined;
    client.isWritten = false;
    if (errorCode !== ErrorCode.NONE) return this.#refused(client, wish, errorCode);
    switch (wish.kind) {
      case "init":
      case "go on":
        // It gives up what it was about.
        this.#become(client, identity!);
        this.#begin(client);
        return;
      case "add":
        client.added.add(wish.partition);
        return;
      case "produce":
        return;
      case "commit":
        assert.equal(client.instance?.outcome, true, "a commit is answered of what is not committed");
        for (const value of client.values) assert.ok(client.instance.values.has(value));
        break;
      case "abort":
        assert.notEqual(client.instance?.outcome, true, "an abort is answered of what is committed");
        if (client.instance !== undefined) assert.equal(client.instance.outcome, false);
    }
    if (client.clientVersion === 2) this.#become(client, identity!);
    this.#begin(client);
  }

  #become(client: Client, { producerId, producerEpoch }: ProducerIdentity): void {
    assert.ok(producerEpoch <= LAST_EPOCH, `a client gets epoch ${producerEpoch}, which is for fencing it`);
    const key = `${producerId}/${producerEpoch}`;
    const owner = this.#owners.get(key);
    assert.ok(owner === undefined || owner === client, `two clients are ${key}`);
    this.#owners.set(key, client);
    client.identity = { producerId, producerEpoch };
  }

  #begin(client: Client): void {
    client.added.clear();
    client.values = [];
    client.instance = undefined;
  }

  #refused(client: Client, wish: Wish, errorCode: number): void {
    const isExpected = [
      ErrorCode.PRODUCER_FENCED,
      ErrorCode.INVALID_PRODUCER_ID_MAPPING,
      ErrorCode.INVALID_PRODUCER_EPOCH,
      ErrorCode.INVALID_TXN_STATE,
      ErrorCode.TRANSACTION_ABORTABLE,
    ].includes(errorCode as never);
    assert.ok(isExpected, `${wish.kind} is answered with ${errorName(errorCode)}`);
    assert.ok(
      !this.#isDoneAlready(client, wish),
      `a ${wish.kind} that is done is answered with ${errorName(errorCode)} the second time`,
    );
    client.isDone = true;
  }

  /** It asks again for the outcome that its transaction has, and nobody has come since. */
  #isDoneAlready({ identity, instance, clientVersion }: Client, { kind }: Wish): boolean {
    if (kind !== "commit" || instance?.outcome !== true) return false;
    const { producerId, producerEpoch } = this.#transaction!;
    if (this.#owners.has(`${producerId}/${producerEpoch}`) && clientVersion === 2) return false;
    return producerId === identity!.producerId &&
      producerEpoch === identity!.producerEpoch + clientVersion / 2;
  }

  /** Nobody comes any more; what is open runs out of time. */
  #rest(): void {
    for (let turn = 0; turn < PATIENCE; turn++) {
      this.#nowMs += TIMEOUT_MS + 1;
      this.#abortTimedOut();
      this.#writeMarker();
    }
    const { status } = this.#transaction ?? { status: "Empty" };
    assert.ok(status === "Empty" || status.startsWith("Complete"), `it is ${status} in the end`);
  }

  #check(): void {
    const visible = new Set<number>();
    for (const log of this.#partitions) {
      const open = new Map<number, number[]>();
      for (const { producerId, value, isCommit } of log) {
        if (value !== undefined) {
          const values = open.get(producerId);
          if (values === undefined) open.set(producerId, [value]);
          else values.push(value);
          continue;
        }
        if (isCommit) { for (const value of open.get(producerId) ?? []) visible.add(value); }
        open.delete(producerId);
      }
      assert.equal(open.size, 0, "a transaction is open in a partition for ever");
    }
    for (const { outcome, values } of this.#instances) {
      for (const value of values) {
        assert.equal(
          visible.has(value),
          outcome === true,
          `${value} of a transaction with the outcome ${outcome}`,
        );
      }
    }
  }
}

function partitionsOf(transaction: Transaction): number[] {
  return Array.from(eachPartition(transaction.partitions), ({ partition }) => partition);
}
