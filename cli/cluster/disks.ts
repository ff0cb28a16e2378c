/**
 * The data directories of all brokers, also while one of them does not answer.
 * @module
 */
import type { Admin } from "../../client/admin/admin.ts";
import type { LogDir } from "../../client/admin/log_dirs.ts";
import { ConnectionError } from "../../client/connection_error.ts";
import { ResponseError } from "../../client/response_error.ts";

export interface BrokerDisks {
  readonly broker: number;
  readonly directories: readonly LogDir[];
  /** Why there is nothing to be told of them. */
  readonly error: string | undefined;
}

export function disksOf(admin: Admin, brokers: readonly number[]): Promise<BrokerDisks[]> {
  return Promise.all(brokers.map(async (broker) => {
    try {
      return { broker, directories: await admin.describeLogDirs(broker), error: undefined };
    } catch (error) {
      if (!(error instanceof ConnectionError || error instanceof ResponseError)) throw error;
      return { broker, directories: [], error: error.message };
    }
  }));
}
