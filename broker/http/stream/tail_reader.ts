/**
 * Reads the ends of all partitions that somebody follows and one broker leads: one fetch that waits, however many follow.
 *
 * What must be true: what is kept is bounded, over all partitions together; and a partition that can't be read here any more
 * is let go, so that its followers read the log themselves, and are told by that what is wrong.
 * @module
 */
import type { Cluster } from "../../../client/cluster.ts";
import type { Connection } from "../../../client/connection.ts";
import { sleep } from "../../../client/retrying.ts";
import { api } from "../../../protocol/apis.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import {
  FETCH_MARGIN_MS,
  fetched,
  type Isolation,
  MAX_FETCH_VERSION,
  takeRecords,
} from "../partition_fetch.ts";
import { type ReadRecord, recordHead } from "../records_response.ts";
import { TailRecord } from "./tail_record.ts";
import { TailWindow } from "./tail_window.ts";

export interface TailReaderOptions {
  readonly cluster: Cluster;
  readonly leader: number;
  readonly isolation: Isolation;
  /** Most bytes kept of all partitions. */
  readonly maxBytes: number;
}

/** Longest wait of a fetch. Whoever begins to follow a partition while one waits is part of the next. */
const WAIT_MS = 250;
/** After a failure; followers try by themselves meanwhile. */
const FAILURE_PAUSE_MS = 250;
const MAX_FETCH_BYTES = 4 * 1024 * 1024;
const MAX_PARTITION_BYTES = 1024 * 1024;

interface Followed {
  readonly window: TailWindow;
  followerCount: number;
}

export class TailReader {
  readonly #options: TailReaderOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #aborter = new AbortController();
  readonly #waiting = new Set<() => void>();
  #reading = false;
  #hasFailed = false;

  constructor(options: TailReaderOptions) {
    this.#options = options;
  }

  /** True if nobody follows anything here. */
  get isIdle(): boolean {
    return this.#followed.size === 0;
  }

  /** Has `wake` called once, when a window has moved or was let go, unless it is taken back by `forget`. */
  onChange(wake: () => void): void {
    this.#waiting.add(wake);
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }

  /** The window of a partition, whose end is `offset` if it is the first that is heard of it. To be given back by `leave`. */
  follow(topic: string, partition: number, offset: number): TailWindow {
    const name = `${topic}:${partition}`;
    let followed = this.#followed.get(name);
    if (followed === undefined) {
      followed = { window: new TailWindow(topic, partition, offset), followerCount: 0 };
      this.#followed.set(name, followed);
    }
    followed.followerCount++;
    this.#start();
    return followed.window;
  }

  leave(window: TailWindow): void {
    const name = `${window.topic}:${window.partition}`;
    const followed = this.#followed.get(name);
    if (followed?.window !== window || --followed.followerCount > 0) return;
    this.#followed.delete(name);
  }

  /** Whether `window` is still being moved. */
  isCurrent(window: TailWindow): boolean {
    return this.#followed.get(`${window.topic}:${window.partition}`)?.window === window;
  }

  close(): void {
    this.#aborter.abort();
    this.#letGoAll();
  }

  #start(): void {
    if (this.#reading || this.#aborter.signal.aborted) return;
    this.#reading = true;
    this.#read().finally(() => {
      this.#reading = false;
      // Somebody may have come after the last look.
      if (this.#followed.size > 0) this.#start();
    });
  }

  async #read(): Promise<void> {
    const { cluster, leader } = this.#options;
    try {
      if (this.#hasFailed) await sleep(FAILURE_PAUSE_MS, this.#aborter.signal);
      await cluster.lendBroker(leader, async (connection) => {
        while (this.#followed.size > 0) {
          await this.#fetch(connection);
          this.#hasFailed = false;
        }
      }, this.#aborter.signal);
    } catch {
      // Followers look for themselves, and find out what it is.
      this.#hasFailed = true;
      this.#letGoAll();
    }
  }

  async #fetch(connection: Connection): Promise<void> {
    const { isolation, leader } = this.#options;
    const asked = [...this.#followed.values()].map(({ window }) => window);
    const byTopic = Map.groupBy(asked, ({ topic }) => topic);
    const answer = await connection.request(api.Fetch, {
      maxWaitMs: WAIT_MS,
      minBytes: 1,
      maxBytes: MAX_FETCH_BYTES,
      isolationLevel: isolation === "read_committed" ? 1 : 0,
      topics: [...byTopic].map(([topic, windows]) => ({
        topic,
        partitions: windows.map(({ partition, end }) => ({
          partition,
          fetchOffset: end,
          partitionMaxBytes: MAX_PARTITION_BYTES,
        })),
      })),
    }, { maxVersion: MAX_FETCH_VERSION, timeoutMs: WAIT_MS + FETCH_MARGIN_MS });
    if (answer.errorCode !== ErrorCode.NONE) {
      throw new Error(`broker ${leader} answered a fetch with error ${answer.errorCode}`);
    }
    let hasMoved = false;
    for (const { topic, partitions } of answer.responses) {
      for (const found of partitions) {
        const window = this.#followed.get(`${topic}:${found.partitionIndex}`)?.window;
        // It may have been left meanwhile, and followed again from elsewhere.
        if (window !== undefined && asked.includes(window)) hasMoved = this.#move(window, found) || hasMoved;
      }
    }
    if (hasMoved) this.#tell();
  }

  /** Moves `window` by what was fetched; tells whether there is anything new to know. */
  #move(window: TailWindow, answer: Parameters<typeof fetched>[0]): boolean {
    const { topic, partition, end } = window;
    const part = fetched(answer, this.#options.isolation);
    try {
      if (part.errorCode !== ErrorCode.NONE) throw new Error("let its followers ask");
      const head = recordHead(topic, partition);
      const next = takeRecords(part, end, (record) => {
        window.add(new TailRecord({ head, partition, record: ownCopy(record), isShared: true }));
        return true;
      });
      if (next === end) return false;
      window.advance(next);
      window.trim(this.#options.maxBytes / this.#followed.size);
    } catch {
      this.#followed.delete(`${topic}:${partition}`);
    }
    return true;
  }

  #letGoAll(): void {
    this.#followed.clear();
    this.#tell();
  }

  #tell(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

/** A small record would keep the whole answer that it came in. */
function ownCopy({ offset, timestamp, key, value, headers }: ReadRecord): ReadRecord {
  return {
    offset,
    timestamp,
    key: key?.slice() ?? null,
    value: value?.slice() ?? null,
    headers: headers.map(({ key, value }) => ({ key, value: value?.slice() ?? null })),
  };
}
