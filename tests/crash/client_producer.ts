/**
 * A producer of a real client library in a process of its own, which goes on through everything that happens to its
 * broker and tells a {@link History} what became of each record.
 * @module
 */
import { fileURLToPath } from "node:url";
import { confluentPackage, confluentPython } from "../clients/confluent.ts";
import type { Requirement } from "../support/requirement.ts";
import type { History } from "./history.ts";

export interface ClientKind {
  readonly name: string;
  readonly needs: readonly Requirement[];
  /** The command line up to the script's own arguments. */
  readonly command: readonly string[];
  /** More variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export const clientKinds: readonly ClientKind[] = [
  {
    name: "confluent-kafka",
    needs: [confluentPackage],
    command: [confluentPython.python, file("./confluent_producer.py")],
  },
  {
    name: "platformatic",
    needs: [],
    command: [Deno.execPath(), "run", "-A", "--no-check", file("./platformatic_producer.ts")],
  },
  {
    name: "milena",
    needs: [],
    command: [Deno.execPath(), "run", "-A", "--no-check", file("./milena_producer.ts")],
  },
];

export const clientNeeds: readonly Requirement[] = clientKinds.flatMap(({ needs }) => needs);

export interface ClientProducerOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitionCount: number;
}

/** From the end of its input to the end of the process: the last records may have to be sent again. */
const STOP_WITHIN_MS = 90_000;

export class ClientProducer implements AsyncDisposable {
  readonly name: string;
  /** What failed records failed of, each once. */
  readonly complaints = new Set<string>();
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #saying: Promise<string>;
  #isDone = false;

  constructor(
    kind: ClientKind,
    { bootstrap, topic, partitionCount }: ClientProducerOptions,
    history: History,
  ) {
    this.name = kind.name;
    const [program, ...args] = [...kind.command, bootstrap, topic, String(partitionCount), kind.name];
    this.#child = new Deno.Command(program!, {
      args,
      env: kind.environment ?? {},
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    })
      .spawn();
    this.#reading = this.#read(history);
    this.#saying = new Response(this.#child.stderr).text();
    void this.#child.status.then(() => this.#isDone = true);
  }

  /** It has ended though nobody asked it to. */
  get hasEnded(): boolean {
    return this.#isDone;
  }

  /** Lets it have its last answers; throws if it has ended in another way. */
  async stop(): Promise<void> {
    await this.#child.stdin.close();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_WITHIN_MS);
    const { code, signal } = await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
    if (code !== 0) throw new Error(`${this.name} ended with ${signal ?? code}: ${await this.#saying}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isDone) this.#child.kill("SIGKILL");
    await this.#child.status;
    await Promise.allSettled([this.#reading, this.#saying, this.#child.stdin.close()]);
  }

  async #read(history: History): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#take(line, history);
    }
  }

  #take(line: string, history: History): void {
    const [kind, partition, index, ...more] = line.split(" ");
    const record = { producer: this.name, partition: Number(partition), index: Number(index) };
    if (kind === "a") {
      history.acknowledge(record, Number(more[0]));
    } else {
      history.fail(record);
      this.complaints.add(more.join(" ").slice(0, 300));
    }
  }
}
