/**
 * The flags that say which cluster a command is about and how to get in: the same for every command that has one. What
 * they come to is `cluster_config.ts`'s matter.
 * @module
 */
import type { Flag } from "./command.ts";

/** Flags and variables that stand for one config of a client's each. */
export interface Shorthand {
  readonly flag: string;
  /** Of the environment. */
  readonly variable?: string;
  /** Kafka's name. */
  readonly config: string;
  /** The config has what is in the file of this name. */
  readonly isFile?: boolean;
}

export const shorthands: readonly Shorthand[] = [
  { flag: "bootstrap", variable: "MILENA_BOOTSTRAP", config: "bootstrap.servers" },
  { flag: "user", variable: "MILENA_USER", config: "sasl.username" },
  { flag: "password", variable: "MILENA_PASSWORD", config: "sasl.password" },
  { flag: "sasl-mechanism", variable: "MILENA_SASL_MECHANISM", config: "sasl.mechanism" },
  { flag: "tls-ca", config: "ssl.ca", isFile: true },
  { flag: "tls-cert", config: "ssl.cert", isFile: true },
  { flag: "tls-key", config: "ssl.key", isFile: true },
];

export const CONFIG_FILE_VARIABLE = "MILENA_CONFIG_FILE";
export const DEFAULT_BOOTSTRAP = "127.0.0.1:9092";

const section = "Which cluster";

/** Put behind a command's own flags. */
export const clusterFlags: readonly Flag[] = [
  {
    name: "bootstrap",
    short: "b",
    value: "HOST:PORT[,…]",
    summary: `brokers to begin with ($MILENA_BOOTSTRAP, else ${DEFAULT_BOOTSTRAP})`,
    section,
  },
  {
    name: "config-opt",
    short: "X",
    value: "KEY=VALUE",
    isRepeatable: true,
    summary: "any config of a client, by Kafka's name",
    completes: "clientConfig",
    section,
  },
  {
    name: "config-file",
    value: "FILE",
    summary: `a client.properties with such configs ($${CONFIG_FILE_VARIABLE})`,
    section,
  },
  { name: "user", value: "NAME", summary: "who one is ($MILENA_USER)", section },
  {
    name: "password",
    value: "TEXT",
    summary: "$MILENA_PASSWORD is safer: command lines can be seen by others",
    section,
  },
  {
    name: "sasl-mechanism",
    value: "NAME",
    summary: "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 ($MILENA_SASL_MECHANISM)",
    section,
  },
  { name: "tls", summary: "talk over TLS, trusting whom the system trusts", section },
  { name: "tls-ca", value: "FILE", summary: "over TLS, trusting these authorities (PEM)", section },
  { name: "tls-cert", value: "FILE", summary: "the client's own certificate (PEM)", section },
  { name: "tls-key", value: "FILE", summary: "and its private key (PEM)", section },
];
