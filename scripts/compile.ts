/**
 * `deno task compile`: makes the one executable, dist/milena.
 *
 * `deno compile` appends the program to `denort`, a Deno without its tools, of exactly its own version, which it
 * downloads. Where that server can't be reached but PyPI can, there is another way: the wheel of bids-validator-deno
 * 2.4.1 is a program compiled so with Deno 2.6.10, whose head is an unmodified `denort`; it is cut off there, its digest
 * checked, and the program compiled with Deno 2.6.10 from its own wheel.
 *
 * The packages that only tests use stay out of the executable: it is compiled by a configuration without them. (`deno
 * compile` embeds every package of the lock file; `--exclude-unused-npm` is not in all the versions we support.)
 * @module
 */
import { fileURLToPath } from "node:url";
import { shippedPackages } from "./shipped_packages.ts";
import { elfAlone, programFromWheel } from "./wheel.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const cache = `${root}.cache/compile`;
const output = `${root}dist/milena`;

/** What a Worker runs is reached by no import, so it has to be named. */
const workers = ["cli/reactor_worker.ts", "cli/io_worker.ts", "client/producer/sender_worker.ts"];

/** Read as files: what the console's page is made of. */
const assets = "broker/http/console/client";

/** The digests of deno and denort 2.6.10, by machine. */
const denoDigests: Readonly<Record<string, { readonly deno: string; readonly denort: string }>> = {
  x86_64: {
    deno: "bb9513ce8a9a7a976a77e0a32c5818035fb72dff6364afc5b8659594ba4a6139",
    denort: "1b136202dc147212ad0b129de0c10eb5f17060917c9754c7921cd68f764ad2e2",
  },
  aarch64: {
    deno: "5ecf8317e717e267c4cf161048f99b7addbccb1804a90d506437a7bc003c7616",
    denort: "ee39b54b2f465eae3f1dd3d79495e1ef957fae69ff4f6ad118499986b714d494",
  },
};

/** How long the download server has to show that it is there. */
const PROBE_MS = 10_000;

interface Way {
  readonly description: string;
  readonly deno: string;
  readonly environment: Record<string, string>;
}

async function main(): Promise<number> {
  const begin = performance.now();
  await Deno.mkdir(cache, { recursive: true });
  await Deno.mkdir(`${root}dist`, { recursive: true });
  await check();
  const config = await writeBuildConfig();
  const plain = plainWay();
  let refusal = await plainWayRefusal();
  if (refusal === undefined) {
    refusal = await compile(plain, config);
    if (refusal === undefined) return await report(plain, begin);
  }
  console.log(`not with ${plain.description}: ${refusal}`);
  const other = await wheelWay();
  const failure = await compile(other, config);
  if (failure !== undefined) throw new Error(`${other.description}: ${failure}`);
  return await report(other, begin);
}

/** Types first: the compiler does not look at them. */
async function check(): Promise<void> {
  const { success, stderr } = await run(Deno.execPath(), ["check", "main.ts", ...workers], {});
  if (!success) throw new Error(`the program has type errors:\n${stderr}`);
}

function plainWay(): Way {
  return {
    description: `Deno ${Deno.version.deno} and its own denort`,
    deno: Deno.execPath(),
    environment: {},
  };
}

/** Why the plain way needs no trying. Asked first, because a server that is walled off would be waited for for minutes. */
async function plainWayRefusal(): Promise<string | undefined> {
  if (Deno.env.get("DENORT_BIN") !== undefined) return undefined;
  const archive = `denort-${Deno.build.target}.zip`;
  const release = `release/v${Deno.version.deno}/${archive}`;
  const cached = `${Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`}/dl/${release}`;
  try {
    await Deno.stat(cached);
    return undefined;
  } catch {
    // Not downloaded yet.
  }
  const url = `https://dl.deno.land/${release}`;
  try {
    const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(PROBE_MS) });
    await response.body?.cancel();
    return response.ok ? undefined : `${url} answers ${response.status}`;
  } catch {
    return `${url} can't be reached`;
  }
}

/** Deno 2.6.10 and its denort out of Python wheels. */
async function wheelWay(): Promise<Way> {
  const digests = denoDigests[Deno.build.arch];
  if (Deno.build.os !== "linux" || digests === undefined) {
    throw new Error(`there is no other way on ${Deno.build.os} ${Deno.build.arch}`);
  }
  const machine = Deno.build.arch;
  const deno = `${cache}/deno-2.6.10`;
  const denort = `${cache}/denort-2.6.10`;
  await programFromWheel(deno, { requirement: "deno==2.6.10", machine, sha256: digests.deno });
  await programFromWheel(denort, {
    requirement: "bids-validator-deno==2.4.1",
    machine,
    sha256: digests.denort,
    take: elfAlone,
  });
  return {
    description: "Deno 2.6.10 and its denort from PyPI",
    deno,
    // Version 2.6 knows only its own certificates unless told so; behind a company's proxy those don't do.
    environment: {
      DENORT_BIN: denort,
      DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla",
    },
  };
}

/** A deno.json with the shipped packages alone, and a copy of the lock file for it: the pinned one is not to be touched. */
async function writeBuildConfig(): Promise<string> {
  const config = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  config.imports = Object.fromEntries(shippedPackages.map((name) => [name, config.imports[name]]));
  config.lock = { path: "./deno.lock", frozen: false };
  await Deno.copyFile(`${root}deno.lock`, `${cache}/deno.lock`);
  await Deno.writeTextFile(`${cache}/deno.json`, JSON.stringify(config));
  return `${cache}/deno.json`;
}

/** Why it failed; undefined if it did not. */
async function compile({ deno, environment }: Way, config: string): Promise<string | undefined> {
  const includes = [...workers, assets].flatMap((path) => ["--include", path]);
  const args = ["compile", "--quiet", "--allow-all", "--no-check", "--config", config, ...includes];
  const { success, stderr } = await run(deno, [...args, "--output", output, "main.ts"], environment);
  return success ? undefined : stderr.trim().replace(/\n+Stack backtrace:[\s\S]*$/, "");
}

/** Tries what was made and says what it is. */
async function report({ description }: Way, begin: number): Promise<number> {
  const { success, stdout, stderr } = await run(output, ["version"], {});
  if (!success) throw new Error(`dist/milena was made but does not run: ${stderr}`);
  const { size } = await Deno.stat(output);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(
    `dist/milena: ${stdout.trim()}, ${(size / 1e6).toFixed(1)} MB, with ${description}, in ${seconds} s`,
  );
  return 0;
}

async function run(program: string, args: string[], env: Record<string, string>) {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, env, cwd: root }).output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

try {
  Deno.exit(await main());
} catch (error) {
  console.error(`compile: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
