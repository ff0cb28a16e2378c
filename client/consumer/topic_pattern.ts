/**
 * The topics whose names match a pattern, looked for again and again: topics come and go.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { Cluster } from "../cluster.ts";

export interface TopicPatternOptions {
  /** Told the names, sorted, at first and when they have changed. */
  readonly onChange: (topics: readonly string[]) => void;
  /** Default 10,000 ms. */
  readonly refreshMs?: number;
  /** Whether internal topics may match. Default false. */
  readonly areInternalIncluded?: boolean;
}

const DEFAULT_REFRESH_MS = 10_000;
/** While nothing is known. */
const RETRY_MS = 500;
/** From version 13 on there may be an error for the whole answer. */
const MAX_METADATA_VERSION = 12;

export class TopicPattern {
  readonly #cluster: Cluster;
  readonly #matches: (topic: string) => boolean;
  readonly #options: TopicPatternOptions;
  #topics: readonly string[] | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(cluster: Cluster, matches: (topic: string) => boolean, options: TopicPatternOptions) {
    this.#cluster = cluster;
    this.#matches = matches;
    this.#options = options;
  }

  /** Resolves when the topics have been told for the first time; rejects if they can't be asked for now. Looks on anyway. */
  async begin(): Promise<void> {
    try {
      await this.#look();
    } finally {
      this.#lookLater();
    }
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(async () => {
      // What can't be asked now is asked the next time.
      await this.#look().catch(() => {});
      this.#lookLater();
    }, this.#topics === undefined ? RETRY_MS : this.#options.refreshMs ?? DEFAULT_REFRESH_MS);
  }

  async #look(): Promise<void> {
    const { topics } = await this.#cluster.ask(api.Metadata, {
      topics: null,
      allowAutoTopicCreation: false,
    }, { maxVersion: MAX_METADATA_VERSION });
    const { areInternalIncluded = false } = this.#options;
    const names = topics
      .filter(({ name, isInternal }) =>
        name !== null && (areInternalIncluded || !isInternal) && this.#matches(name)
      )
      .map(({ name }) => name!)
      .sort();
    if (this.#isStopped || names.join() === this.#topics?.join()) return;
    this.#topics = names;
    this.#options.onChange(names);
  }
}
