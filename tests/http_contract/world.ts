/**
 * What the examples find: a broker in a process of its own with a topic `orders` (three partitions, records in each), an
 * empty group `billing` that has committed for it, and a group `live` with one member that has all of its partitions.
 * Who changes or deletes something makes it first, under a name of its own.
 * @module
 */
import { equal } from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from "../../protocol/consumer_protocol.ts";
import { encodeVersioned } from "../../protocol/versioned.ts";
import { type Address, startMilena } from "../support/milena_process.ts";

const SESSION_TIMEOUT_MS = 300_000;

export interface Target extends AsyncDisposable {
  readonly kafka: Address;
  readonly http: Address;
}

export class World implements AsyncDisposable {
  /** In front of a broker in a process of its own. */
  static async start(): Promise<World> {
    return await World.over(await startMilena());
  }

  /** In front of another cluster, which is stopped with the world. */
  static async over(target: Target): Promise<World> {
    const world = new World(
      target,
      await Connection.connect({ address: target.kafka, clientId: "contract" }),
    );
    try {
      await world.#fill();
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  readonly #target: Target;
  readonly #connection: Connection;
  /** What stands for the parameters of paths. */
  readonly parameters: Record<string, string | number> = {
    topic: "orders",
    partition: 0,
    broker: 1,
    config: "retention.ms",
    group: "billing",
    cluster_id: "",
    consumer: "",
  };

  private constructor(target: Target, connection: Connection) {
    this.#target = target;
    this.#connection = connection;
  }

  /** Where the API begins. */
  get url(): string {
    return `http://${this.#target.http.host}:${this.#target.http.port}`;
  }

  /** Sends a request; a body that is no text is JSON. */
  async ask(method: string, path: string, options: {
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly body?: unknown;
    readonly signal?: AbortSignal;
  } = {}): Promise<Response> {
    const { body, headers = {}, signal } = options;
    const raw = typeof body === "string" || body instanceof Uint8Array;
    return await fetch(this.url + path, {
      method,
      headers: { ...(body === undefined || raw ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: raw ? body as string : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async createTopic(name: string, partitions = 1): Promise<void> {
    await this.#expect(201, "PUT", `/topics/${name}`, { partitions });
  }

  async write(topic: string, ...values: unknown[]): Promise<void> {
    await this.#expect(200, "POST", `/topics/${topic}`, { records: values.map((value) => ({ value })) });
  }

  /** Commits the beginning of all partitions of `orders` for a group without members. */
  async createGroup(group: string): Promise<void> {
    const cluster = this.parameters["cluster_id"];
    await this.#expect(200, "POST", `/v3/clusters/${cluster}/consumer-groups/${group}/offsets:reset`, {
      to: "earliest",
      topics: [{ topic_name: "orders" }],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    await this.#target[Symbol.asyncDispose]();
  }

  async #fill(): Promise<void> {
    await this.createTopic("orders", 3);
    const records = [0, 1, 2].flatMap((partition) => [
      {
        partition,
        key: `user-${partition}`,
        value: { id: partition },
        headers: [{ key: "trace", value: "a" }],
      },
      { partition, value: "plain words", value_format: "text" },
    ]);
    await this.#expect(200, "POST", "/topics/orders", { records });
    const { clusterId } = await this.#connection.request(api.DescribeCluster, {
      includeClusterAuthorizedOperations: false,
      includeFencedBrokers: false,
    });
    this.parameters["cluster_id"] = clusterId;
    await this.createGroup("billing");
    this.parameters["consumer"] = await this.#join("live");
  }

  /** Joins as the only member of a classic group, and takes all partitions of `orders`. Returns the member's id. */
  async #join(group: string): Promise<string> {
    const join = (memberId: string) =>
      this.#connection.request(api.JoinGroup, {
        groupId: group,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        rebalanceTimeoutMs: SESSION_TIMEOUT_MS,
        memberId,
        protocolType: "consumer",
        protocols: [{
          name: "range",
          metadata: encodeVersioned(ConsumerProtocolSubscription, 1, {
            topics: ["orders"],
            ownedPartitions: [],
          }),
        }],
      });
    const { memberId } = await join("");
    const { generationId, errorCode } = await join(memberId);
    equal(errorCode, 0);
    const synced = await this.#connection.request(api.SyncGroup, {
      groupId: group,
      generationId,
      memberId,
      protocolType: "consumer",
      protocolName: "range",
      assignments: [{
        memberId,
        assignment: encodeVersioned(ConsumerProtocolAssignment, 1, {
          assignedPartitions: [{ topic: "orders", partitions: [0, 1, 2] }],
        }),
      }],
    });
    equal(synced.errorCode, 0);
    return memberId;
  }

  async #expect(status: number, method: string, path: string, body: unknown): Promise<void> {
    const response = await this.ask(method, path, { body });
    equal(response.status, status, `${method} ${path}: ${await response.text()}`);
  }
}
