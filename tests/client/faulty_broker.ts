/**
 * A broker that a file of tests may kill, behind a proxy that cuts connections when it is told to.
 * @module
 */
import { CuttingProxy } from "../support/cutting_proxy.ts";
import { SeededRandom } from "../support/random.ts";
import { type OwnBroker, startOwnBroker } from "./own_broker.ts";

/** One chunk of so many is the last of its connection. */
const CUT_ONE_OF = 15;

export class FaultyBroker {
  #broker: OwnBroker | undefined;
  #proxy: CuttingProxy | undefined;

  async open(seed: number): Promise<void> {
    const broker = () => this.#opened;
    this.#proxy = new CuttingProxy({
      get target() {
        return broker().address;
      },
      random: new SeededRandom(seed),
      cutOneOf: CUT_ONE_OF,
    });
    this.#broker = await startOwnBroker({ advertised: this.#proxy.address });
  }

  async close(): Promise<void> {
    this.#proxy?.[Symbol.dispose]();
    await this.#broker?.[Symbol.asyncDispose]();
  }

  /** By the proxy. */
  get bootstrap(): string {
    const { host, port } = this.#proxy!.address;
    return `${host}:${port}`;
  }

  kill(): Promise<void> {
    return this.#opened.kill();
  }

  /** Returns when it answers, at once if it was not killed. */
  start(): Promise<void> {
    return this.#opened.start();
  }

  /** Connections cut so far. */
  get cuts(): number {
    return this.#proxy!.cuts;
  }

  set isCutting(isCutting: boolean) {
    this.#proxy!.isCutting = isCutting;
  }

  get #opened(): OwnBroker {
    if (this.#broker === undefined) throw new Error("the broker has not been started");
    return this.#broker;
  }
}
