/**
 * The transaction coordinator beside Apache Kafka's: every request, in every version, in each state of a transaction, by its
 * producer and by others, and again. The answers are the same, and so is the state they leave.
 * @module
 */
import assert from "node:assert/strict";
import { BrokerProcess } from "../../bench/peers/broker_process.ts";
import { kafkaWith, quickReturn } from "../../bench/peers/launchers.ts";
import { type Api, api } from "../../protocol/apis.ts";
import { ErrorCode, errorName } from "../../protocol/errors.ts";
import { decodeResponseHeader } from "../../protocol/header.ts";
import { Reader } from "../../protocol/primitives.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { type Address, startMilena } from "../support/milena_process.ts";
import { javaTools } from "../support/peers.ts";
import { CLOSED, RawConnection } from "../support/raw_connection.ts";
import { testNeeding } from "../support/requirement.ts";
import { requestFrame } from "../support/wire.ts";
import { createTopic } from "./topic.ts";

const TIMEOUT_MS = 60_000;
const ANSWER_WITHIN_MS = 30_000;

const NOTHING = "nothing yet";

/** What a producer holds. */
interface Identity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A conversation about one transactional id. */
class Talk {
  identity: Identity = { producerId: -1, producerEpoch: -1 };
  /** The id that the producer began with: others are told apart by it. */
  #firstId = -1;
  #sequence = 0;

  constructor(readonly connection: RawConnection, readonly topic: string, readonly transactionalId: string) {}

  async #ask<Asked, Input, Answered, Answer>(
    asked: Api<Asked, Input, Answered, Answer>,
    version: number,
    body: Input,
  ): Promise<Answered> {
    await this.connection.send(requestFrame(asked as Api<unknown, Input, unknown, never>, version, body));
    const bytes = await this.connection.receive(ANSWER_WITHIN_MS);
    assert.ok(bytes !== undefined && bytes !== CLOSED, `${asked.name} v${version}: ${bytes}`);
    const reader = new Reader(bytes);
    decodeResponseHeader(reader, asked.responseHeaderVersion(version));
    return asked.response.decode(reader, version);
  }

  /** Kafka makes the topic of transactions when somebody asks for a coordinator, and takes its time. */
  async awaitCoordinator(): Promise<void> {
    for (const until = performance.now() + ANSWER_WITHIN_MS; performance.now() < until;) {
      await this.#ask(api.FindCoordinator, 1, { key: this.transactionalId, keyType: 1 });
      if ((await this.init(4)).startsWith("NONE")) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("there is no coordinator");
  }

  /** `producerEpoch` may be one that is not held. */
  identityAt(epochOffset: number): Identity {
    return { ...this.identity, producerEpoch: this.identity.producerEpoch + epochOffset };
  }

  async init(version: number, expected?: Identity): Promise<string> {
    const { errorCode, ...identity } = await this.#ask(api.InitProducerId, version, {
      transactionalId: this.transactionalId,
      transactionTimeoutMs: TIMEOUT_MS,
      ...expected,
    });
    if (errorCode === ErrorCode.NONE) this.#hold(identity);
    return this.#tell(errorCode, identity);
  }

  async add(version: number, { producerId, producerEpoch }: Identity, partition = 0): Promise<string> {
    const answer = await this.#ask(api.AddPartitionsToTxn, version, {
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: this.topic, partitions: [partition] }],
    });
    return errorName(answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode);
  }

  async produce(version: number, { producerId, producerEpoch }: Identity, partition = 0): Promise<string> {
    const value = new TextEncoder().encode("value");
    const records = encodeBatch([{ timestamp: Date.now(), value }], {
      producerId,
      producerEpoch,
      baseSequence: this.#sequence,
      isTransactional: true,
    });
    const { responses } = await this.#ask(api.Produce, version, {
      transactionalId: this.transactionalId,
      acks: -1,
      timeoutMs: ANSWER_WITHIN_MS,
      topicData: [{ name: this.topic, partitionData: [{ index: partition, records }] }],
    });
    const { errorCode } = responses[0]!.partitionResponses[0]!;
    if (errorCode === ErrorCode.NONE) this.#sequence++;
    return errorName(errorCode);
  }

  async end(version: number, { producerId, producerEpoch }: Identity, committed: boolean): Promise<string> {
    const { errorCode, ...identity } = await this.#ask(api.EndTxn, version, {
      transactionalId: this.transactionalId,
      producerId,
      producerEpoch,
      committed,
    });
    if (errorCode === ErrorCode.NONE && identity.producerId >= 0) this.#hold(identity);
    await this.settled();
    return this.#tell(errorCode, identity);
  }

  /** Waits until no end is under way; tells the state. */
  async settled(): Promise<string> {
    for (const until = performance.now() + ANSWER_WITHIN_MS; performance.now() < until;) {
      const { transactionStates } = await this.#ask(api.DescribeTransactions, 0, {
        transactionalIds: [this.transactionalId],
      });
      const { errorCode, transactionState, producerId, producerEpoch, topics } = transactionStates[0]!;
      if (transactionState.startsWith("Prepare")) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        continue;
      }
      const partitions = topics.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => `${topic === this.topic ? "" : `${topic}-`}${partition}`)
      ).sort();
      return `${this.#tell(errorCode, { producerId, producerEpoch })} ${transactionState} [${partitions}]`;
    }
    throw new Error(`${this.transactionalId} does not come to rest`);
  }

  #hold({ producerId, producerEpoch }: Identity): void {
    if (this.#firstId < 0) this.#firstId = producerId;
    if (this.identity.producerEpoch !== producerEpoch) this.#sequence = 0;
    this.identity = { producerId, producerEpoch };
  }

  #tell(errorCode: number, { producerId, producerEpoch }: Identity): string {
    const whose = producerId < 0 ? "no id" : producerId === this.#firstId ? "same id" : "other id";
    return `${errorName(errorCode)}, ${whose}, epoch ${producerEpoch}`;
  }
}

/** How a transaction comes into a state, by a client of either version of the protocol. */
const beginnings: Readonly<Record<string, (talk: Talk) => Promise<void>>> = {
  [NOTHING]: async () => {},
  "new": async (talk) => {
    await talk.init(4);
  },
  "begun": async (talk) => {
    await talk.init(4);
    await talk.add(3, talk.identity);
    await talk.produce(11, talk.identity);
  },
  "begun by its first batch": async (talk) => {
    await talk.init(5);
    await talk.produce(12, talk.identity);
  },
  "fenced": async (talk) => {
    await talk.init(4);
    await talk.add(3, talk.identity);
    await talk.init(4);
    await talk.settled();
  },
  "going on": async (talk) => {
    await talk.init(4);
    await talk.init(4, talk.identity);
  },
  ...Object.fromEntries([true, false].flatMap((committed) => [
    [`${committed ? "committed" : "aborted"}`, async (talk: Talk) => {
      await talk.init(4);
      await talk.add(3, talk.identity);
      await talk.produce(11, talk.identity);
      await talk.end(4, talk.identity, committed);
    }],
    [`${committed ? "committed" : "aborted"} with a new epoch`, async (talk: Talk) => {
      await talk.init(5);
      await talk.produce(12, talk.identity);
      await talk.end(5, talk.identity, committed);
    }],
  ])),
};

type Step = (talk: Talk, identity: Identity) => Promise<string>;

const steps: Readonly<Record<string, Step>> = {
  ...Object.fromEntries([0, 2, 4, 5].map((v): [string, Step] => [`init v${v}`, (talk) => talk.init(v)])),
  ...Object.fromEntries(
    [3, 4, 5].map((v): [string, Step] => [`go on v${v}`, (talk, identity) => talk.init(v, identity)]),
  ),
  ...Object.fromEntries([0, 1, 2, 3].flatMap((v): [string, Step][] => [
    [`add v${v}`, (talk, identity) => talk.add(v, identity)],
    [`add another v${v}`, (talk, identity) => talk.add(v, identity, 1)],
  ])),
  ...Object.fromEntries([9, 10, 11, 12].flatMap((v): [string, Step][] => [
    [`produce v${v}`, (talk, identity) => talk.produce(v, identity)],
    [`produce elsewhere v${v}`, (talk, identity) => talk.produce(v, identity, 1)],
  ])),
  ...Object.fromEntries([1, 2, 4, 5].flatMap((v): [string, Step][] => [
    [`commit v${v}`, (talk, identity) => talk.end(v, identity, true)],
    [`abort v${v}`, (talk, identity) => talk.end(v, identity, false)],
  ])),
};

/**
 * Where Milena is to differ. Apache Kafka takes the end that a fenced producer of the second version asks for as a repetition, if
 * its successor is of the first version and has ended a transaction the same way, and gives it the successor's epoch.
 */
function isMeant(beginning: string, step: string, epochOffset: number): boolean {
  return epochOffset === -1 && /^(committed|aborted)$/.test(beginning) && /^(commit|abort) v5$/.test(step);
}

/** All that one broker says, by what was asked. */
async function answersOf(address: Address): Promise<Map<string, string>> {
  const topic = await createTopic(`${address.host}:${address.port}`, "answers", { partitions: 2 });
  using connection = await RawConnection.open(address);
  await new Talk(connection, topic, "first").awaitCoordinator();
  const answers = new Map<string, string>();
  for (const [beginning, begin] of Object.entries(beginnings)) {
    for (const [name, step] of Object.entries(steps)) {
      for (const epochOffset of [-1, 0, 1]) {
        if (isMeant(beginning, name, epochOffset)) continue;
        const what = `${beginning}; ${name}${epochOffset === 0 ? "" : `, epoch ${epochOffset}`}`;
        const talk = new Talk(connection, topic, what);
        // So that there is an epoch below.
        if (beginning !== NOTHING) await talk.init(4);
        // A batch without a producer id is malformed, which Kafka does not see.
        else if (name.startsWith("produce")) continue;
        await begin(talk);
        const identity = talk.identityAt(epochOffset);
        // Twice, and once more with what it holds now: a repeated request, and the one that comes next.
        const said = [
          await step(talk, identity),
          await talk.settled(),
          await step(talk, identity),
          await talk.settled(),
          await step(talk, talk.identity),
          await talk.settled(),
        ];
        answers.set(what, said.join("; "));
      }
    }
  }
  return answers;
}

testNeeding([javaTools], "Milena answers in transactions what Apache Kafka answers", async () => {
  const command = await kafkaWith(
    { ...quickReturn, "transaction.state.log.num.partitions": "1" },
    "-Xmx512M -Xms128M",
  ).prepare();
  await using _kafka = await BrokerProcess.start(command);
  await using milena = await startMilena();
  const wanted = await answersOf({ host: "127.0.0.1", port: command.port });
  const found = await answersOf(milena.kafka);
  const others = [...wanted].filter(([what, said]) => found.get(what) !== said).map(([what, said]) =>
    `${what}:\n  wanted ${said}\n  found  ${found.get(what)}`
  );
  assert.equal(others.length, 0, `${others.length} of ${wanted.size} are other:\n${others.join("\n")}`);
});
