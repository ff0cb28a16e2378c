/**
 * Good frames with a few bytes changed, 2,000 of them, from a seed: whatever comes of each, the broker lives, serves
 * others and keeps its memory. MILENA_TEST_SEED has a run again, MILENA_TEST_MUTATIONS makes it longer.
 * @module
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { api } from "../../protocol/apis.ts";
import { servedGoldenExchanges } from "../protocol/golden_frames.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { batch } from "../support/raw_batch.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { type Bytes, frame, requestFrame } from "../support/wire.ts";
import { hostileTargetOfThisFile, hostileTest } from "./hostile.ts";
import { mutate } from "./mutate.ts";

// Mutants may well make topics: few partitions make that quick.
const target = hostileTargetOfThisFile({ settings: { "milena.max.partitions": "100" } });

/** Good frames that reach far into the oldest APIs in two encodings, and what real clients sent of all that is served. */
function goodFrames(): Bytes[] {
  const { topic } = target;
  const records = batch(["one", "two", "three"], { producerId: 4711, producerEpoch: 0, baseSequence: 0 });
  const compressed = batch(["x"], { attributes: 1, records: gzipSync(batch(["x"]).subarray(61)) });
  const partitions = [{ partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, partitionMaxBytes: 10_000 }];
  return [
    ...[7, 9].flatMap((version) =>
      [records, compressed].map((bytes) =>
        requestFrame(api.Produce, version, {
          acks: -1,
          timeoutMs: 500,
          topicData: [{ name: topic, partitionData: [{ index: 0, records: bytes }] }],
        })
      )
    ),
    ...[4, 11, 12].map((version) =>
      requestFrame(api.Fetch, version, {
        maxWaitMs: 10,
        minBytes: 1,
        maxBytes: 10_000,
        topics: [{ topic, partitions }],
      })
    ),
    ...[1, 6].map((version) =>
      requestFrame(api.ListOffsets, version, {
        replicaId: -1,
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: 0 }] }],
      })
    ),
    ...[1, 4, 12].map((version) =>
      requestFrame(api.Metadata, version, { topics: [{ name: topic }, { name: "none" }] })
    ),
    ...[0, 3].map((version) =>
      requestFrame(
        api.ApiVersions,
        version,
        version < 3 ? {} : { clientSoftwareName: "t", clientSoftwareVersion: "1" },
      )
    ),
    ...[2, 7].map((version) =>
      requestFrame(api.CreateTopics, version, {
        topics: [{
          name: "mutant",
          numPartitions: 2,
          replicationFactor: 1,
          assignments: [],
          configs: [{ name: "segment.bytes", value: "1048576" }],
        }],
        timeoutMs: 500,
        validateOnly: false,
      })
    ),
    ...[1, 6].map((version) =>
      requestFrame(api.DeleteTopics, version, {
        ...version < 6 ? { topicNames: ["mutant"] } : { topics: [{ name: "mutant" }] },
        timeoutMs: 500,
      })
    ),
    ...[0, 4].map((version) =>
      requestFrame(api.InitProducerId, version, { transactionalId: null, transactionTimeoutMs: 1000 })
    ),
    requestFrame(api.DescribeCluster, 0, { includeClusterAuthorizedOperations: false }),
    ...servedGoldenExchanges().map(({ request }) => frame(request)),
  ];
}

// Apache Kafka shares its machine with other tests, and some mutants make topics.
if (!target.isForeign) {
  hostileTest(
    target,
    "mutated frames end no broker and hold up nobody [whatever was not thought of]",
    async () => {
      const seed = testSeed();
      const count = Number(Deno.env.get("MILENA_TEST_MUTATIONS") ?? 2000);
      const random = new SeededRandom(seed);
      const good = goodFrames();
      const outcomes = { answered: 0, closed: 0, silent: 0 };
      const attack = async (bytes: Bytes): Promise<void> => {
        using connection = await RawConnection.open(target.address);
        await connection.send(bytes);
        await connection.finish();
        const answer = await connection.receive(300);
        outcomes[answer === undefined ? "silent" : answer === "closed" ? "closed" : "answered"]++;
      };
      try {
        for (let done = 0; done < count; done += 20) {
          await Promise.all(Array.from({ length: 20 }, () => attack(mutate(random.pick(good), random))));
          if (done % 200 === 0) await target.serveHonestClient();
        }
      } catch (error) {
        throw new Error(`seed ${seed}: MILENA_TEST_SEED=${seed} has this run again`, { cause: error });
      }
      // If nothing were answered, or everything, the mutants would be too wild or too tame to tell anything.
      assert.ok(
        outcomes.answered > count / 10 && outcomes.closed > count / 10,
        JSON.stringify({ seed, ...outcomes }),
      );
    },
  );
}
