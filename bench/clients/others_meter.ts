/**
 * What the machine does beside the client and the brokers that are measured.
 * @module
 */
import type { BrokerProcess } from "../peers/broker_process.ts";
import { busySeconds } from "../peers/machine.ts";
import { childrenSeconds } from "../peers/rdkafka_performance.ts";

export class OthersMeter {
  readonly #brokers: readonly BrokerProcess[];
  readonly #beginMs = performance.now();
  readonly #before: number;

  constructor(brokers: readonly BrokerProcess[]) {
    this.#brokers = brokers;
    this.#before = this.#othersSeconds();
  }

  /** Since it was made, 0 to 1. The client must have ended: only then is it known what it took. */
  share(): number {
    const wallSeconds = (performance.now() - this.#beginMs) / 1000;
    const seconds = this.#othersSeconds() - this.#before;
    return Math.max(0, seconds / (wallSeconds * navigator.hardwareConcurrency));
  }

  #othersSeconds(): number {
    const { user, system } = childrenSeconds();
    const brokers = this.#brokers.map((broker) => broker.figures())
      .reduce((sum, { userSeconds, systemSeconds }) => sum + userSeconds + systemSeconds, 0);
    return busySeconds() - user - system - brokers;
  }
}
