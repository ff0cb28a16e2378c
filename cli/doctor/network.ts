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
  /** The addresses of a name. Throws if there is none. */
  lookUp(host: string): Promise<readonly string[]>;
  /** Connects for a moment. Throws what the system said. */
  connect(host: string, port: number): Promise<void>;
  /** Asks the broker there, as a client with the same flags would. Throws what that came to. */
  ask(host: string, port: number): Promise<BrokerAnswer>;
}

/** The cluster that was named. */
export interface ClientPlan {
  readonly bootstrap: readonly { readonly host: string; readonly port: number }[];
  /** Whether brokers are talked to in the clear. */
  readonly isPlaintext: boolean;
}
