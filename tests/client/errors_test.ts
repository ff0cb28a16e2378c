/**
 * What can't be done is refused with a sentence that says whether trying again may help, and the producer goes on.
 * @module
 */
import assert from "node:assert/strict";
import { Producer, type RecordMetadata } from "../../client/mod.ts";
import { createTopic, uniqueTopic } from "../clients/topic.ts";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import {
  type Config,
  errorOf,
  senders,
  storedRecords,
  storedTexts,
  textOf,
  withProducer,
} from "./producing.ts";

const target = targetOfThisFile({ settings: { "auto.create.topics.enable": "false" } });
/** Nobody listens there. */
const NOBODY = "127.0.0.1:1";

/** Configurations that nobody can go by, with what the sentence must name. */
const refused: readonly [config: Record<string, unknown>, names: readonly RegExp[]][] = [
  [{ "linger.msec": 5 }, [/linger\.msec/, /linger\.ms\b/]],
  [{ "batch.size": -1 }, [/batch\.size/, /-1/]],
  [{ "compression.type": "brotli" }, [/compression\.type/, /brotli/, /zstd/]],
  [{ "acks": "1", "enable.idempotence": true }, [/acks/, /enable\.idempotence/]],
  [{ "max.in.flight.requests.per.connection": 6, "enable.idempotence": true }, [/max\.in\.flight/]],
  [{ "transactional.id": "t", "enable.idempotence": false }, [/transactional\.id/, /enable\.idempotence/]],
  [{ "linger.ms": 100_000, "delivery.timeout.ms": 100_000 }, [/delivery\.timeout\.ms/, /linger\.ms/]],
  [{ "bootstrap.servers": "nowhere" }, [/bootstrap\.servers/, /nowhere/]],
  [{ "key.serializer": "string" }, [/key\.serializer/]],
];

for (const [config, names] of refused) {
  testNeeding([], `new Producer() refuses ${JSON.stringify(config)} with a sentence`, async () => {
    const error = await errorOf(() => {
      return new Producer({ "bootstrap.servers": NOBODY, ...config } as Config).close();
    });
    assert.equal(error.retriable, false);
    for (const name of names) assert.match(error.message, name);
  });
}

testNeeding([], "new Producer() needs to be told where the cluster is", async () => {
  assert.match((await errorOf(() => new Producer({}).close())).message, /bootstrap\.servers/);
});

for (const sender of senders) {
  testNeeding([], `Producer, ${sender}: a topic that is not there is waited for, then refused`, async () => {
    const { bootstrap } = target;
    const missing = uniqueTopic("missing");
    const there = await createTopic(bootstrap, "there");
    const config = { "bootstrap.servers": bootstrap, "max.block.ms": 400, sender } as const;
    await withProducer(config, async (producer) => {
      const error = await errorOf(() => producer.send({ topic: missing, key: null, value: "x" }));
      assert.match(error.message, new RegExp(missing));
      assert.match(error.message, /max\.block\.ms|UNKNOWN_TOPIC_OR_PARTITION/);
      assert.equal(error.retriable, true);
      const appending = await errorOf(() => producer.append({ topic: missing, key: null, value: "x" }));
      assert.match(appending.message, new RegExp(missing));
    });
    // With a patience that suits a busy machine.
    await withProducer({ "bootstrap.servers": bootstrap, sender }, async (producer) => {
      await errorOf(() => producer.send({ topic: "no name!", key: null, value: "x" }));
      assert.equal((await producer.send({ topic: there, key: null, value: "x" })).offset, 0);
    });
  });

  testNeeding(
    [],
    `Producer, ${sender}: a topic that comes while it is waited for is written to`,
    async () => {
      const { bootstrap } = target;
      // Another client makes it with a name that this one has asked for already.
      const topic = uniqueTopic("late");
      await withProducer({ "bootstrap.servers": bootstrap, sender }, async (producer) => {
        const sending = producer.send({ topic, key: null, value: "early" });
        await new Promise((resolve) => setTimeout(resolve, 150));
        await createNamed(bootstrap, topic);
        assert.equal((await sending).offset, 0);
      });
      assert.deepEqual(await storedTexts(bootstrap, topic, 1), [["early"]]);
    },
  );

  testNeeding([], `Producer, ${sender}: names and partitions that can't be are refused at once`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "two", { partitions: 2 });
    const config = { "bootstrap.servers": bootstrap, "max.block.ms": 5000, sender } as const;
    await withProducer(config, async (producer) => {
      const name = await errorOf(() => producer.send({ topic: "no spaces", key: null, value: "x" }));
      assert.match(name.message, /no spaces/);
      assert.equal(name.retriable, false);
      for (const partition of [-1, 1.5]) {
        const error = await errorOf(() => producer.send({ topic, key: null, value: "x", partition }));
        assert.match(error.message, new RegExp(`${partition}`.replace(".", "\\.")));
        assert.equal(error.retriable, false);
      }
      assert.equal((await producer.send({ topic, key: null, value: "x", partition: 1 })).offset, 0);
    });
  });

  testNeeding(
    [],
    `Producer, ${sender}: a partition beyond the topic's is refused with their number`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "two", { partitions: 2 });
      const config = { "bootstrap.servers": bootstrap, "max.block.ms": 400, sender } as const;
      await withProducer(config, async (producer) => {
        const error = await errorOf(() => producer.send({ topic, key: null, value: "x", partition: 2 }));
        assert.match(error.message, /\b2\b/);
        assert.match(error.message, new RegExp(topic));
        assert.equal((await producer.send({ topic, key: null, value: "x", partition: 1 })).offset, 0);
      });
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: what the broker refuses is told with its reason, to all who ask`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "compacted", { settings: { "cleanup.policy": "compact" } });
      const reports: (Error | undefined)[] = [];
      await withProducer({
        "bootstrap.servers": bootstrap,
        "on.batch": ({ error, baseOffset }) => {
          reports.push(error);
          if (error !== undefined) assert.equal(baseOffset, -1);
        },
        sender,
      }, async (producer) => {
        const error = await errorOf(
          producer.send({ topic, key: null, value: "a compacted topic wants keys" }),
        );
        assert.match(error.message, /INVALID_RECORD/);
        assert.match(error.message, new RegExp(topic));
        assert.equal(error.retriable, false);
        // An idempotent producer that was refused a batch goes on with the sequence that the broker expects.
        for (let index = 0; index < 10; index++) {
          assert.equal((await producer.send({ topic, key: "k", value: `${index}` })).offset, index);
        }
      });
      assert.deepEqual(reports.map((error) => error === undefined), [false, ...Array(10).fill(true)]);
      assert.deepEqual((await storedTexts(bootstrap, topic, 1))[0]!.length, 10);
    },
  );

  testNeeding(
    [],
    `Producer, ${sender}: among many that are refused those that are not are in order`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "compacted", { settings: { "cleanup.policy": "compact" } });
      const config = { "bootstrap.servers": bootstrap, "batch.size": 0, "linger.ms": 0, sender } as const;
      const outcomes = await withProducer(config, (producer) => {
        const sending: Promise<RecordMetadata>[] = [];
        for (let index = 0; index < 200; index++) {
          sending.push(producer.send({ topic, key: index % 7 === 3 ? null : "k", value: String(index) }));
        }
        return Promise.allSettled(sending);
      });
      const stored = (await storedTexts(bootstrap, topic, 1))[0]!.map(Number);
      const wanted = [...Array(200).keys()].filter((index) => index % 7 !== 3);
      assert.deepEqual(stored, wanted);
      assert.deepEqual(
        outcomes.flatMap(({ status }, index) => status === "fulfilled" ? [index] : []),
        wanted,
      );
    },
  );

  testNeeding([], `Producer, ${sender}: where nobody answers, waiting ends with max.block.ms`, async () => {
    const config = { "bootstrap.servers": NOBODY, "max.block.ms": 300, sender } as const;
    await withProducer(config, async (producer) => {
      const error = await errorOf(() => producer.send({ topic: "any", key: null, value: "x" }));
      assert.equal(error.retriable, true);
      assert.match(error.message, /max\.block\.ms|127\.0\.0\.1:1/);
    });
  });

  testNeeding(
    [],
    `Producer, ${sender}: a serializer or a callback that throws stops nobody else`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "throwing");
      const failing = {
        serialize(value: unknown): string {
          if (value === "bad") throw new RangeError("it was bad");
          return String(value);
        },
      };
      let reports = 0;
      // What a callback throws is nobody's to handle: the runtime is told, as it is of what a listener throws.
      const uncaught: unknown[] = [];
      const onError = (event: ErrorEvent) => {
        event.preventDefault();
        uncaught.push(event.error);
      };
      globalThis.addEventListener("error", onError);
      await withProducer({
        "bootstrap.servers": bootstrap,
        "value.serializer": failing,
        "on.batch": () => {
          reports++;
          throw new Error("thrown on purpose by a test");
        },
        sender,
      }, async (producer) => {
        const first = producer.send({ topic, key: null, value: "first" });
        await assert.rejects(
          async () => await producer.send({ topic, key: null, value: "bad" }),
          /it was bad/,
        );
        assert.equal((await first).offset, 0);
        assert.equal((await producer.send({ topic, key: null, value: "second" })).offset, 1);
      });
      globalThis.removeEventListener("error", onError);
      assert.equal(reports, 2);
      assert.deepEqual(uncaught.map(String), Array(2).fill("Error: thrown on purpose by a test"));
      assert.deepEqual(await storedTexts(bootstrap, topic, 1), [["first", "second"]]);
    },
  );

  testNeeding([], `Producer, ${sender}: once closed it takes nothing, and can be closed again`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "closed");
    await withProducer({ "bootstrap.servers": bootstrap, sender }, async (producer) => {
      await producer.send({ topic, key: null, value: "x" });
      await Promise.all([producer.close(), producer.close()]);
      for (
        const use of [
          () => producer.send({ topic, key: null, value: "y" }),
          () => producer.append({ topic, key: null, value: "y" }),
          () => producer.partitionsFor(topic),
        ]
      ) {
        const error = await errorOf(use);
        assert.match(error.message, /closed/);
        assert.equal(error.retriable, false);
      }
    });
    assert.deepEqual(await storedTexts(bootstrap, topic, 1), [["x"]]);
  });

  testNeeding([], `Producer, ${sender}: one that did nothing closes, also where nobody answers`, async () => {
    for (const servers of [target.bootstrap, NOBODY]) {
      const producer = new Producer({ "bootstrap.servers": servers, sender });
      await producer.flush();
      await producer.close();
    }
  });

  testNeeding([], `Producer, ${sender}: ten thousand headers, and long names`, async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "headers");
    const headers = Array.from({ length: 10_000 }, (_, index) => ({
      key: index === 7 ? "ž".repeat(5000) : index % 3 === 0 ? "same" : `h${index}`,
      value: index % 5 === 0 ? null : index % 5 === 1 ? "" : `value ${index}`,
    }));
    await withProducer({ "bootstrap.servers": bootstrap, sender }, (producer) => {
      return producer.send({ topic, key: null, value: null, headers });
    });
    const [records] = await storedRecords(bootstrap, topic, 1);
    const stored = records![0]!.headers.map(({ key, value }) => ({ key, value: value && textOf(value) }));
    assert.deepEqual(stored, headers);
  });
}

async function createNamed(bootstrap: string, topic: string): Promise<void> {
  const { kafkajs } = await import("../clients/kafkajs.ts");
  const admin = kafkajs(bootstrap).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
  await admin.disconnect();
}
