/**
 * A real Kafka client as the tests of transactions see it.
 * @module
 */
import type { JsonDriver } from "../support/json_driver.ts";
import type { Place } from "./confluent.ts";
import type { Requirement } from "../support/requirement.ts";

export interface TransactionalProducer {
  begin(): Promise<void>;
  /** Returns when all are acknowledged. */
  send(place: Place, values: readonly string[]): Promise<void>;
  /** Commits the offset with the transaction, for a group that has no members. */
  sendOffset(group: string, place: Place, offset: number): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}

export interface TransactionalClient {
  readonly name: string;
  readonly needs: readonly Requirement[];
  /** Returns when the transactions of whoever had the id before are over. */
  open(bootstrap: string, transactionalId: string): Promise<TransactionalProducer>;
  close?(): Promise<void>;
}

export interface DrivenOptions extends Pick<TransactionalClient, "name" | "needs"> {
  /** Starts the program when it is first needed. */
  readonly start: () => JsonDriver;
}

/**
 * A client of another language, by a program that knows the commands `open_producer`, `begin`, `send`, `send_offset`,
 * `commit_transaction`, `abort_transaction` and `close_producer`.
 */
export function drivenTransactionalClient({ start, ...client }: DrivenOptions): TransactionalClient {
  let started: JsonDriver | undefined;
  let opened = 0;
  return {
    ...client,
    async open(bootstrap, transactional_id) {
      const driver = started ??= start();
      const producer = `producer ${++opened}`;
      const ask = (command: string, more: Record<string, unknown> = {}) =>
        driver.ask<void>({ do: command, producer, bootstrap, ...more });
      await ask("open_producer", { transactional_id });
      return {
        begin: () => ask("begin"),
        send: (place, values) => ask("send", { ...place, values }),
        sendOffset: (group, place, offset) => ask("send_offset", { ...place, group, offset }),
        commit: () => ask("commit_transaction"),
        abort: () => ask("abort_transaction"),
        close: () => ask("close_producer"),
      };
    },
    async close() {
      await started?.close();
      started = undefined;
    },
  };
}
