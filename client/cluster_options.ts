/**
 * How a client goes about a cluster.
 * @module
 */
import type { BrokerAddress } from "./address.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { RequestOptions } from "./connection.ts";
import type { Security } from "./security/security.ts";
import type { TopicDirectoryOptions } from "./topic_directory.ts";

export interface ClusterOptions {
  /** Where to begin; the cluster tells the rest. Not empty. */
  readonly bootstrap: readonly BrokerAddress[];
  /** Told to brokers with every request. */
  readonly clientId: string;
  /**
   * The broker behind the first address is all there is: it is never asked where its brokers are. For the broker in this
   * process, whose advertised address need not be reachable from here. Default false.
   */
  readonly isOneBroker?: boolean;
  /** Connections that may be lent at the same time, of all brokers. Default 256. */
  readonly maxLent?: number;
  /** Largest answer, bytes. */
  readonly maxResponseBytes?: number;
  /** TLS, and who this client is. Default: neither. */
  readonly security?: Security;
  /** Most milliseconds for a request that says nothing of its own. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Most milliseconds to connect to a broker. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Before a broker that was away is tried again. Default: 50 ms up to 1 s. */
  readonly reconnectBackoff?: BackoffOptions;
  /** Connections that were not used for so long are left for new ones. Default 9 minutes. */
  readonly maxIdleMs?: number;
  /**
   * How long a request is tried again while a leader or coordinator is away or being elected, if its own timeout is not
   * shorter. Default 15,000 ms: Apache Kafka takes 9 s to give up a broker that has died.
   */
  readonly patienceMs?: number;
  /** How long one broker may take to answer what any can, before another is asked. Default 10,000 ms. */
  readonly attemptMs?: number;
  readonly topics?: TopicDirectoryOptions;
}

export interface CodedOptions<Answer> extends RequestOptions {
  /** Finds in an answer the error code that matters. */
  readonly codeOf: (answer: Answer) => number;
}
