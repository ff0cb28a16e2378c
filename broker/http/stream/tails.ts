/**
 * What all streams share: the readers of topics' ends, one for each broker and isolation level that somebody follows
 * something of; and turns at reading the log, so that a thousand who come at once don't take a thousand connections.
 * @module
 */
import type { Cluster } from "../../../client/cluster.ts";
import type { Isolation } from "../partition_fetch.ts";
import { StreamCount } from "./stream_count.ts";
import { TailReader } from "./tail_reader.ts";
import { Turns } from "./turns.ts";

const READS_AT_ONCE = 32;
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

export class Tails implements Disposable {
  readonly #cluster: Cluster;
  readonly #maxBytes: number;
  readonly streams = new StreamCount();
  /** For reads that do not wait. */
  readonly turns = new Turns(READS_AT_ONCE);
  readonly #readers = new Map<string, TailReader>();

  /** `maxBytes`: what each reader may keep. */
  constructor(cluster: Cluster, maxBytes = DEFAULT_MAX_BYTES) {
    this.#cluster = cluster;
    this.#maxBytes = maxBytes;
  }

  /** The reader of what `leader` leads. */
  of(leader: number, isolation: Isolation): TailReader {
    const name = `${leader}:${isolation}`;
    let reader = this.#readers.get(name);
    if (reader === undefined) {
      reader = new TailReader({ cluster: this.#cluster, leader, isolation, maxBytes: this.#maxBytes });
      this.#readers.set(name, reader);
    }
    return reader;
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
