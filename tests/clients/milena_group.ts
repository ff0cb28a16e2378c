/**
 * The project's own consumer (client/consumer) as a member of groups.
 * @module
 */
import { Cluster } from "../../client/cluster.ts";
import type { Assignor } from "../../client/consumer/assignors/assignor.ts";
import { cooperativeStickyAssignor } from "../../client/consumer/assignors/cooperative_sticky_assignor.ts";
import { rangeAssignor } from "../../client/consumer/assignors/range_assignor.ts";
import { roundRobinAssignor } from "../../client/consumer/assignors/round_robin_assignor.ts";
import { checkCommitted, commitOffsets, fetchCommitted } from "../../client/consumer/committed_offsets.ts";
import { ConsumerCore as Consumer } from "../../client/consumer/consumer_core.ts";
import type { GroupAt, GroupClient, GroupMember, JoinOptions } from "./group_client.ts";
import { Seen } from "./seen.ts";

const ASSIGNORS: readonly Assignor[] = [rangeAssignor, roundRobinAssignor, cooperativeStickyAssignor];

export const milenaGroup: GroupClient = {
  name: "client/consumer",
  needs: [],
  assignors: ["range", "roundrobin", "cooperative-sticky"],
  staticAssignor: "range",
  join: (options) => Promise.resolve(new Member(options)),
  offsets: {
    async commit({ group, ...at }, committed) {
      using cluster = connect(at.bootstrap);
      checkCommitted(await commitOffsets(cluster, group, [{ ...at, ...committed }]), group);
    },
    async committed({ group, ...at }) {
      using cluster = connect(at.bootstrap);
      const { offset, metadata } = (await fetchCommitted(cluster, group, [at])).get(at) ??
        { offset: -1, metadata: "" };
      return { offset, metadata };
    },
    async atTime({ topic, partition, bootstrap }, timestamp) {
      using cluster = connect(bootstrap);
      const found = await cluster.listOffsets(new Map([[topic, new Map([[partition, timestamp]])]]));
      return found.get(topic)!.get(partition)!.offset;
    },
  },
};

function connect(bootstrap: GroupAt["bootstrap"]): Cluster {
  const [host, port] = bootstrap.split(":");
  return new Cluster({ bootstrap: [{ host: host!, port: Number(port) }], clientId: "milena-group" });
}

class Member implements GroupMember {
  readonly #cluster: Cluster;
  readonly #consumer: Consumer;
  readonly #topic: string;
  readonly #seen = new Seen();
  readonly #reading: Promise<void>;
  #isLeaving = false;
  #partitions: readonly number[] = [];

  constructor({ bootstrap, group, topic, assignor: wanted, instanceId, sessionTimeoutMs }: JoinOptions) {
    this.#cluster = connect(bootstrap);
    this.#topic = topic;
    this.#consumer = new Consumer(this.#cluster, {
      groupId: group,
      assignors: [ASSIGNORS.find(({ name }) => name === wanted)!],
      autoOffsetReset: "earliest",
      autoCommitIntervalMs: 200,
      sessionTimeoutMs,
      heartbeatIntervalMs: 200,
      rebalanceTimeoutMs: 10_000,
      ...instanceId === undefined ? {} : { instanceId },
    });
    this.#consumer.subscribe([topic]);
    this.#reading = this.#read();
  }

  state() {
    this.#look();
    return Promise.resolve(this.#seen.state());
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#reading;
    await this.#consumer.close({ isSafe: true });
    this.#cluster.close();
  }

  async #read(): Promise<void> {
    while (!this.#isLeaving) {
      const consumed = await this.#consumer.poll({ timeoutMs: 50, maxBytes: 1_000_000 });
      this.#look();
      for (const { value } of consumed) this.#seen.value(value!);
    }
  }

  /** It tells what it has, and not when that changes: looked at often enough to see that. */
  #look(): void {
    const partitions = this.#consumer.assignment
      .filter(({ topic }) => topic === this.#topic)
      .map(({ partition }) => partition)
      .sort((a, b) => a - b);
    if (partitions.join() === this.#partitions.join()) return;
    this.#partitions = partitions;
    this.#seen.replace(partitions);
  }
}
