import { deepEqual, equal } from "node:assert/strict";
import { PartitionQueue } from "./partition_queue.ts";
import type { ProducerCluster } from "./producer_cluster.ts";
import type { SenderTopic } from "./sender_topic.ts";
import { Transactions } from "./transactions.ts";

interface AddPartitions {
  readonly v3AndBelowTopics: readonly { readonly name: string; readonly partitions: readonly number[] }[];
}

Deno.test("Transactions.has is true of a partition only once the coordinator has been told of it", async () => {
  // A partition that was wanted while others were being added counted as added with them: what was written there was
  // refused, now and then, since the coordinator had never heard of it.
  const asked: (readonly number[])[] = [];
  const answers: (() => void)[] = [];
  const cluster = {
    askCoordinator: (_kind: string, _id: string, api: { readonly name: string }, body: AddPartitions) => {
      if (api.name === "InitProducerId") {
        return Promise.resolve({ errorCode: 0, producerId: 1, producerEpoch: 0 });
      }
      asked.push(body.v3AndBelowTopics.flatMap(({ partitions }) => partitions));
      return new Promise((resolve) =>
        answers.push(() => resolve({ errorCode: 0, resultsByTopicV3AndBelow: [] }))
      );
    },
  } as unknown as ProducerCluster;
  let added = 0;
  const transactions = new Transactions(cluster, {
    transactionalId: "x",
    timeoutMs: 1000,
    patienceMs: 1000,
    retryBackoffMs: 1,
    maxRetryBackoffMs: 1,
    signal: new AbortController().signal,
  }, {
    onAdded: () => void added++,
    onAbortable: (error) => {
      throw error;
    },
    onFatal: (error) => {
      throw error;
    },
    onIdentity: () => {},
  });
  await transactions.init();
  const topic = { name: "t" } as SenderTopic;
  const [first, second] = [new PartitionQueue(topic, 0), new PartitionQueue(topic, 1)];
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  equal(transactions.has(first), false);
  await turn();
  equal(transactions.has(second), false);
  answers.shift()!();
  await turn();
  equal(transactions.has(first), true);
  equal(transactions.has(second), false, "nobody was told of it yet");
  answers.shift()!();
  await turn();
  equal(transactions.has(second), true);
  deepEqual(asked, [[0], [1]]);
  equal(added, 2);
});
