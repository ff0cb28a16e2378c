/**
 * A program in another language that a test drives: a line of JSON with a command on its standard input, a line of JSON on
 * its standard output, `{ "ok": … }` or `{ "error": "…" }`. One command at a time, in the order they were asked. A program that
 * gives no answer is killed, so that a test that would hang fails with a reason.
 * @module
 */
export interface JsonDriverOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** The slowest client gives up by itself after a minute. */
const ANSWER_WITHIN_MS = 90_000;
const END_WITHIN_MS = 10_000;

export class JsonDriver {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #said: Promise<string>;
  #rest = "";
  #last: Promise<unknown> = Promise.resolve();

  /** `name` is how errors call it. */
  constructor(name: string, { program, args, environment = {} }: JsonDriverOptions) {
    this.#name = name;
    this.#child = new Deno.Command(program, {
      args: [...args],
      env: { ...environment },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#said = new Response(this.#child.stderr).text();
  }

  /** Sends a command and returns what comes back; throws what it throws. */
  ask<T>(command: Readonly<Record<string, unknown>>): Promise<T> {
    const answer = this.#last.then(() => this.#ask(command)) as Promise<T>;
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the program by the end of its input, or, if it goes on then, by a signal. */
  async close(): Promise<void> {
    await this.#last;
    await this.#writer.close().catch(() => {});
    await this.#reader.cancel();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_WITHIN_MS);
    await this.#said;
    await this.#child.status;
    clearTimeout(timer);
  }

  async #ask(command: Readonly<Record<string, unknown>>): Promise<unknown> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#child.kill("SIGKILL");
    }, ANSWER_WITHIN_MS);
    try {
      const answer = JSON.parse(await this.#line());
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.ok;
    } catch (error) {
      const late = isLate ? `no answer within ${ANSWER_WITHIN_MS} ms: ` : "";
      throw new Error(
        `${this.#name}, ${command.do}: ${late}${error instanceof Error ? error.message : error}`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async #line(): Promise<string> {
    const parts = [this.#rest];
    for (;;) {
      const end = parts.at(-1)!.indexOf("\n");
      if (end >= 0) {
        const last = parts.pop()!;
        this.#rest = last.slice(end + 1);
        return parts.join("") + last.slice(0, end);
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`it ended before it answered; it said: ${await this.#said}`);
      parts.push(value);
    }
  }
}
