/**
 * What checks may ask of the network. All of it can be made up.
 * @module
 */

export interface NamedBroker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** What one broker says of itself and of its cluster. */
export interface BrokerAnswer {
  readonly clusterId: string | null;
  readonly brokers: readonly NamedBroker[];
  /** By the key of the API. */
  readonly versions: ReadonlyMap<number, VersionRange>;
}

export interface Network {
  /** Connects for a moment; gives the address that the name came to. Throws an UnknownHostError, or what the system said. */
  connect(host: string, port: number): Promise<string>;
  /** Asks the broker there, as a client with the same flags would. Throws what that came to. */
  ask(host: string, port: number): Promise<BrokerAnswer>;
}

/** The cluster that was named. */
export interface ClientPlan {
  readonly bootstrap: readonly { readonly host: string; readonly port: number }[];
  /** Whether brokers are talked to in the clear. */
  readonly isPlaintext: boolean;
}

/** There is no host of that name. */
export class UnknownHostError extends Error {
  override name = "UnknownHostError";
}
