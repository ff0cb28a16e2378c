/**
 * Whoever waits for records is told when no broker answers any more, and when one does again: without a word it would look
 * as if nothing were being written.
 * @module
 */
import type { Cluster } from "../../client/cluster.ts";
import { ClusterWatch } from "../../client/cluster_watch.ts";
import type { Terminal } from "../command.ts";

/** Who has what he wanted sooner needs no watch. */
const QUIET_MS = 1000;

export class BrokerWatch implements Disposable {
  readonly #terminal: Pick<Terminal, "report">;
  readonly #timer: ReturnType<typeof setTimeout>;
  #watch: ClusterWatch | undefined;
  #isAway = false;

  constructor(cluster: Cluster, terminal: Pick<Terminal, "report">) {
    this.#terminal = terminal;
    this.#timer = setTimeout(() => {
      this.#watch = new ClusterWatch(cluster, { onChange: (...change) => this.#tell(...change) });
    }, QUIET_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#watch?.close();
  }

  #tell(answers: boolean, error: unknown): void {
    if (!answers) {
      this.#isAway = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.#terminal.report(`no broker answers, waiting: ${reason}`);
    } else if (this.#isAway) {
      this.#isAway = false;
      this.#terminal.report("the brokers answer again");
    }
  }
}
