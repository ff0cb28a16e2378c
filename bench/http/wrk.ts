/**
 * wrk as the load generator: it is written in C, so that on two cores most of the time is the server's.
 * @module
 */
import { runCommand } from "../../tests/support/run_command.ts";

export interface WrkOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** POSTed with each request; undefined: a GET. */
  readonly body?: string;
}

export interface WrkFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Why there is none; undefined: there is. */
export async function whyNoWrk(): Promise<string | undefined> {
  try {
    await new Deno.Command("wrk", { args: ["--version"], stdout: "null", stderr: "null" }).output();
    return undefined;
  } catch {
    return "there is no wrk, which makes the requests: install it (Debian: apt-get install wrk)";
  }
}

/** Asks again and again over so many connections. Throws if an answer is an error. */
export async function wrk({ url, connections, seconds, body }: WrkOptions): Promise<WrkFigures> {
  const script = await Deno.makeTempFile({ suffix: ".lua" });
  try {
    await Deno.writeTextFile(script, scriptFor(body));
    const threads = connections === 1 ? 1 : 2;
    const { stdout } = await runCommand("wrk", [
      ...["-t", String(threads), "-c", String(connections), "-d", `${seconds}s`, "-s", script, url],
    ], { timeoutMs: (seconds + 30) * 1000 });
    return parseWrk(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(script);
  }
}

/** What `scriptFor` makes wrk print: requests, microseconds, errors, and microseconds at p50 and p99. */
export function parseWrk(output: string): WrkFigures {
  const found = /^figures (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
  if (found === null) throw new Error(`wrk gave no figures: ${output}`);
  const [requests, us, errors, p50, p99] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (errors > 0) throw new Error(`${errors} of ${requests} requests failed: ${output}`);
  return { requestsPerSecond: requests / us * 1e6, p50Ms: p50 / 1000, p99Ms: p99 / 1000 };
}

function scriptFor(body: string | undefined): string {
  const request = body === undefined ? "" : `wrk.method = "POST"
wrk.body = ${JSON.stringify(body)}
wrk.headers["content-type"] = "application/octet-stream"
`;
  return `${request}
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format("figures %d %d %d %d %d", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
`;
}
