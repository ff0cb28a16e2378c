/**
 * Which brokers a cluster has, and which of them is its controller: what Metadata answers said last.
 *
 * What must be true: it is asked for once, however many want it; an answer that names no broker (one that has just
 * started gives such) changes nothing; and who wants to know is told nothing older than `maxAgeMs`, while for finding a
 * broker's address any age will do, since a wrong one shows by itself.
 * @module
 */
import type { MetadataResponse } from "../protocol/messages/03_metadata.ts";

export interface Broker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface ClusterDescription {
  readonly clusterId: string | null;
  /** -1: none at the moment. With KRaft it is any broker, which passes on what only the controller does. */
  readonly controllerId: number;
  /** By id. */
  readonly brokers: readonly Broker[];
}

/** Asks for the brokers, and about `topics`. */
export type AskMetadata = (topics: readonly string[], mayCreate: boolean) => Promise<MetadataResponse>;

export class BrokerDirectory {
  readonly #ask: AskMetadata;
  readonly #maxAgeMs: number;
  #asking: Promise<unknown> | undefined;
  #asOf = -Infinity;
  #description: ClusterDescription = { clusterId: null, controllerId: -1, brokers: [] };
  #byId: ReadonlyMap<number, Broker> = new Map();

  constructor(ask: AskMetadata, options: { readonly maxAgeMs?: number } = {}) {
    this.#ask = ask;
    this.#maxAgeMs = options.maxAgeMs ?? 5000;
  }

  /** What was learnt last, however old. */
  get remembered(): ClusterDescription {
    return this.#description;
  }

  /** As `remembered`; asks if that is too old. */
  async describe(): Promise<ClusterDescription> {
    if (performance.now() - this.#asOf >= this.#maxAgeMs) {
      await (this.#asking ??= this.#ask([], false)
        .then((answer) => this.learn(answer))
        .finally(() => this.#asking = undefined));
    }
    return this.#description;
  }

  /** A broker by its id; asks if none of that id is remembered, or what is remembered was wrong. */
  async find(id: number): Promise<Broker | undefined> {
    const known = this.#asOf === -Infinity ? undefined : this.#byId.get(id);
    if (known !== undefined) return known;
    await this.describe();
    return this.#byId.get(id);
  }

  /** Takes in what an answer says of brokers. */
  learn({ brokers, clusterId, controllerId }: MetadataResponse): void {
    if (brokers.length === 0) return;
    this.#asOf = performance.now();
    this.#description = {
      clusterId,
      controllerId,
      brokers: brokers
        .map(({ nodeId: id, host, port, rack }) => ({ id, host, port, rack }))
        .sort((a, b) => a.id - b.id),
    };
    this.#byId = new Map(this.#description.brokers.map((broker) => [broker.id, broker]));
  }

  /** Asks again the next time: a broker was not where, or what, it should be. */
  forget(): void {
    this.#asOf = -Infinity;
  }
}
