/**
 * The bare hono hello-world, in a process of its own.
 * @module
 */
import { fileURLToPath } from "node:url";
import { TextLineStream } from "./text_lines.ts";

export class HelloProcess implements AsyncDisposable {
  static async start(): Promise<HelloProcess> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", fileURLToPath(new URL("./hello_server.ts", import.meta.url))],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
      .getReader();
    const { value } = await lines.read();
    const port = /^ready (\d+)$/.exec(value ?? "")?.[1];
    if (port === undefined) throw new Error(`the hello-world did not start: ${value}`);
    void (async () => {
      while (!(await lines.read()).done);
    })();
    return new HelloProcess(child, `http://127.0.0.1:${port}`);
  }

  readonly #child: Deno.ChildProcess;
  readonly url: string;

  private constructor(child: Deno.ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}
