/**
 * What the doctor looks at, as data: a check has a name and makes findings of its surroundings.
 * @module
 */
import type { ClientPlan, Network } from "./network.ts";
import type { Machine } from "./machine.ts";

export type Status =
  | "ok"
  /** It works, but worse or less safely than it could. */
  | "warn"
  /** It does not work. */
  | "fail"
  /** It could not be found out. */
  | "skip";

export interface Finding {
  /** In place of the check's, where a check has several. */
  readonly name?: string;
  readonly status: Status;
  /** What was found, with numbers. */
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** What a broker started with the same flags would go by. */
export interface BrokerPlan {
  readonly dataDirectory: string;
  readonly listeners: readonly { readonly host: string; readonly port: number }[];
  readonly http: { readonly host: string; readonly port: number } | undefined;
  readonly maxPartitions: number;
  readonly maxOpenSegments: number;
  /** Free space below which nothing is written any more. */
  readonly minFreeBytes: number;
}

export interface Surroundings {
  readonly machine: Machine;
  readonly plan: BrokerPlan;
  readonly network: Network;
  /** undefined: no cluster was named. */
  readonly client: ClientPlan | undefined;
  /** Of both clocks, when the first check began. */
  readonly beganAt: { readonly wallMs: number; readonly monotonicMs: number };
}

export interface Check {
  readonly name: string;
  run(surroundings: Surroundings): Finding | readonly Finding[] | Promise<Finding | readonly Finding[]>;
}

export function ok(found: string): Finding {
  return { status: "ok", found };
}

export function warn(found: string, advice: string): Finding {
  return { status: "warn", found, advice };
}

export function fail(found: string, advice: string): Finding {
  return { status: "fail", found, advice };
}

export function skip(found: string): Finding {
  return { status: "skip", found };
}
