/**
 * Metadata, CreateTopics, DeleteTopics, ListOffsets and InitProducerId with counts, names and numbers that lie.
 * @module
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import type { Reader } from "../../protocol/primitives.ts";
import {
  array,
  compactString,
  concat,
  flexibleHeader,
  frame,
  header,
  int16,
  int32,
  int64,
  int8,
  noTags,
  requestFrame,
  string,
  uvarint,
} from "../support/wire.ts";
import { type HostileCase, hostileTargetOfThisFile, hostileTest, hostileTests } from "./hostile.ts";

const target = hostileTargetOfThisFile();
const maxInt = 2 ** 31 - 1;

const illegalNames = [
  { name: "../escaped", why: "the partition's folder is outside the data directory" },
  { name: "/etc/escaped", why: "an absolute path replaces the data directory" },
  { name: ".", why: "the data directory itself" },
  { name: "..", why: "its parent" },
  { name: "", why: 'the folder is called "-0"' },
  { name: "a/b", why: "a folder within a folder that is not there" },
  { name: "a\\b", why: "a separator elsewhere" },
  { name: "nul\0byte", why: "the system call ends the name at the zero, the map of topics does not" },
  { name: "x".repeat(250), why: "with -PARTITION and .deleted behind it a name has 255 bytes at most" },
  { name: "line\nbreak", why: "a second line in every log and metrics page" },
  { name: "smörgås", why: "Kafka's names are ASCII: other tools could not open the folder" },
];

function createErrors(expected: number | ((code: number) => boolean)): (answer: Reader) => void {
  return (answer) => {
    const [topic] = api.CreateTopics.response.decode(answer, 4).topics;
    const { errorCode } = topic!;
    if (typeof expected === "number") assert.equal(errorCode, expected);
    else assert.ok(expected(errorCode), `error code ${errorCode}`);
  };
}

const refused = (code: number) => code !== 0;

function createTopic(
  fields: Partial<Parameters<typeof api.CreateTopics.request.encode>[2]["topics"][number]>,
): () => Uint8Array {
  const topic = { name: `hostile-${crypto.randomUUID()}`, numPartitions: 1, replicationFactor: 1 };
  const topics = [{ ...topic, assignments: [], configs: [], ...fields }];
  return () => requestFrame(api.CreateTopics, 4, { topics, timeoutMs: 1000 });
}

hostileTests(target, [
  {
    name: "Metadata for 2^31 - 1 topics",
    why: "2,147,483,647 topic objects of 64 bytes are 137 GB",
    bytes: () => frame(header({ key: 3, version: 1 }), int32(maxInt)),
    outcome: "closed",
  },
  {
    name: "Metadata for 2^31 - 1 topics in the compact form",
    why: "the same in five bytes; minus one, as compact counts are, it is no longer the largest int32",
    bytes: () => frame(flexibleHeader({ key: 3, version: 12 }), uvarint(maxInt)),
    outcome: "closed",
  },
  {
    name: "Metadata for 2^32 - 2 topics in the compact form",
    why: "as a signed count it is negative and passes every comparison with a limit",
    bytes: () => frame(flexibleHeader({ key: 3, version: 12 }), uvarint(2 ** 32 - 1), new Uint8Array(50)),
    outcome: "closed or answered",
  },
  {
    name: "Metadata for -2 topics",
    why: "only -1 is null; new Array(-2) throws",
    bytes: () => frame(header({ key: 3, version: 1 }), int32(-2)),
    outcome: "closed or answered",
  },
  {
    name: "Metadata for a topic whose name has 32,767 bytes in a frame of 30",
    why: "the name is read out of the next client's frame",
    bytes: () => frame(header({ key: 3, version: 1 }), int32(1), int16(32767), new Uint8Array(4)),
    outcome: "closed",
  },
  {
    name: "Metadata for a null topic name",
    why: "version 1 has no null names: null.length",
    bytes: () => frame(header({ key: 3, version: 1 }), int32(1), int16(-1)),
    outcome: "closed or answered",
  },
  {
    name: "Metadata for 50,000 topics that are not there",
    why: "with creation on first use, 50,000 folders by one frame of 400 kB",
    bytes: () => {
      const names = Array.from({ length: 50_000 }, (_, index) => string(`no-${index}`));
      return frame(header({ key: 3, version: 4 }), array(...names), int8(0));
    },
    outcome: (answer) => {
      const { topics } = api.Metadata.response.decode(answer, 4);
      assert.equal(topics.length, 50_000);
      assert.ok(topics.every(({ errorCode }) => errorCode === 3), "UNKNOWN_TOPIC_OR_PARTITION");
    },
  },
  ...illegalNames.map(({ name, why }): HostileCase => ({
    name: `Metadata that would make a topic called ${JSON.stringify(name.slice(0, 20))}`,
    why,
    bytes: () => frame(header({ key: 3, version: 4 }), array(string(name)), int8(1)),
    outcome: (answer) => {
      const [topic] = api.Metadata.response.decode(answer, 4).topics;
      assert.equal(topic!.errorCode, 17, "INVALID_TOPIC_EXCEPTION");
    },
  })),
  ...illegalNames.map(({ name, why }): HostileCase => ({
    name: `CreateTopics of a topic called ${JSON.stringify(name.slice(0, 20))}`,
    why,
    bytes: createTopic({ name }),
    outcome: createErrors(17),
  })),
  ...illegalNames.map(({ name, why }): HostileCase => ({
    name: `DeleteTopics of a topic called ${JSON.stringify(name.slice(0, 20))}`,
    why: `${why}: it would be removed with all that is in it`,
    bytes: () => frame(header({ key: 20, version: 1 }), array(string(name)), int32(1000)),
    outcome: (answer) => {
      const [topic] = api.DeleteTopics.response.decode(answer, 1).responses;
      assert.ok([3, 17].includes(topic!.errorCode), `error code ${topic!.errorCode}`);
    },
  })),
  {
    name: "CreateTopics with 2^31 - 1 partitions",
    why: "2,147,483,647 folders with three files each",
    bytes: createTopic({ numPartitions: maxInt }),
    outcome: createErrors(refused),
  },
  {
    name: "CreateTopics with 0 partitions",
    why: "a topic that nothing can be sent to; hash modulo 0",
    bytes: createTopic({ numPartitions: 0 }),
    outcome: createErrors(37),
  },
  {
    name: "CreateTopics with -2^31 partitions",
    why: "a count that only ever is compared with an upper limit",
    bytes: createTopic({ numPartitions: -(2 ** 31) }),
    outcome: createErrors(37),
  },
  {
    name: "CreateTopics with 32,767 replicas",
    why: "there is one broker",
    bytes: createTopic({ replicationFactor: 32767 }),
    outcome: createErrors(38),
  },
  {
    name: "CreateTopics assigned to partition 2^31 - 1 on broker 2^31 - 1",
    why: "partitions[index] = … makes an array of two thousand million holes",
    bytes: createTopic({
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: maxInt, brokerIds: [maxInt] }],
    }),
    outcome: createErrors(39),
  },
  {
    name: "CreateTopics with 2^31 - 1 settings",
    why: "a count within a topic within an array",
    bytes: () => {
      const topic = concat(string("x"), int32(1), int16(1), int32(0), int32(maxInt));
      return frame(header({ key: 19, version: 2 }), int32(1), topic, int32(1000), int8(0));
    },
    outcome: "closed",
  },
  {
    name: "CreateTopics with a segment of 0 bytes",
    why: "every batch rolls a new segment: three files per record",
    bytes: createTopic({ configs: [{ name: "segment.bytes", value: "0" }] }),
    outcome: createErrors(40),
  },
  {
    name: "CreateTopics with a segment of 10^30 bytes",
    why: "as a double it passes for a number; as an int64 it is none",
    bytes: createTopic({ configs: [{ name: "segment.bytes", value: `1${"0".repeat(30)}` }] }),
    outcome: createErrors(40),
  },
  {
    name: "CreateTopics with a setting called __proto__",
    why: "settings[name] = value on a plain object changes all objects",
    bytes: createTopic({ configs: [{ name: "__proto__", value: "1" }] }),
    outcome: createErrors(refused),
  },
  {
    name: "CreateTopics of one name twice in a request",
    why: "the second finds half of the first",
    bytes: () => {
      const topic = { name: "twins", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
      return requestFrame(api.CreateTopics, 4, { topics: [topic, topic], timeoutMs: 1000 });
    },
    outcome: createErrors(42),
  },
  ...[-100n, -(2n ** 63n), 2n ** 63n - 1n].map((timestamp): HostileCase => ({
    name: `ListOffsets by the timestamp ${timestamp}`,
    why: "unknown negative ones have no meaning; the largest does not fit a double",
    bytes: () => {
      const partition = concat(int32(0), int64(timestamp));
      return frame(
        header({ key: 2, version: 1 }),
        int32(-1),
        array(concat(string(target.topic), array(partition))),
      );
    },
    outcome: (answer) => {
      const [topic] = api.ListOffsets.response.decode(answer, 1).topics;
      const { errorCode, offset } = topic!.partitions[0]!;
      assert.ok(errorCode !== 0 || offset === -1, `error code ${errorCode}, offset ${offset}`);
    },
  })),
  ...[-1, maxInt, -(2 ** 31)].map((partition): HostileCase => ({
    name: `ListOffsets of partition ${partition}`,
    why: "partitions[index] without a look at the range",
    bytes: () => {
      const asked = concat(int32(partition), int64(-1));
      return frame(
        header({ key: 2, version: 1 }),
        int32(-1),
        array(concat(string(target.topic), array(asked))),
      );
    },
    outcome: (answer) => {
      const [topic] = api.ListOffsets.response.decode(answer, 1).topics;
      assert.equal(topic!.partitions[0]!.errorCode, 3, "UNKNOWN_TOPIC_OR_PARTITION");
    },
  })),
  {
    name: "ListOffsets of 2^31 - 1 partitions of a topic",
    why: "the inner count, with room for none",
    bytes: () => frame(header({ key: 2, version: 1 }), int32(-1), int32(1), string("x"), int32(maxInt)),
    outcome: "closed",
  },
  {
    name: "InitProducerId with a transactional id of 32,767 bytes in a frame of 30",
    why: "read beyond the frame and kept for ever as a key",
    bytes: () => frame(header({ key: 22, version: 0 }), int16(32767), int32(1000)),
    outcome: "closed",
  },
  {
    name: "InitProducerId with a transaction timeout of -1",
    why: "a deadline in the past: aborted before it began, again and again",
    bytes: () =>
      frame(
        flexibleHeader({ key: 22, version: 3 }),
        compactString("t"),
        int32(-1),
        int64(-1),
        int16(-1),
        noTags,
      ),
    outcome: "closed or answered",
  },
]);

hostileTest(
  target,
  "names that would escape left nothing behind [a folder outside the data directory]",
  () => {
    if (target.isForeign) return Promise.resolve();
    const directory = target.broker.dataDirectory;
    const parent = directory.slice(0, directory.lastIndexOf("/"));
    for (const place of [parent, "/etc"]) {
      for (const { name } of Deno.readDirSync(place)) {
        assert.doesNotMatch(
          name,
          /^escaped/,
          `${place}/${name}`,
        );
      }
    }
    const folders = [...Deno.readDirSync(directory)].filter((entry) => entry.isDirectory).map((entry) =>
      entry.name
    );
    assert.deepEqual(
      folders.filter((name) => !/^[a-zA-Z0-9._-]+-\d+$/.test(name)),
      [],
      "folders with odd names",
    );
    return Promise.resolve();
  },
);
