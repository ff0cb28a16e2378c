/**
 * `deno task npm`: makes dist/npm, the client as a package for Node 20 and newer.
 *
 * It has a file for each entry, what these share in others, and declarations of types beside. esbuild lowers the syntax to
 * Node 20's; functions that Node 20 lacks the client does not use, which tests/clients/node_test.ts holds by running it.
 * @module
 */
import * as esbuild from "esbuild";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../deno.json" with { type: "json" };
import { declarations } from "./npm_declarations.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** The first is what users import; the others are first lines of Workers. */
export const entries: readonly string[] = ["client/mod.ts", "client/producer/sender_worker.ts"];

/** For speed alone: the client does without where it can't be loaded. */
const optionalPackages = ["@node-rs/crc32"];

/** process.getBuiltinModule came with it. */
const OLDEST_NODE = "20.16.0";

export async function buildNpmPackage(directory: string): Promise<void> {
  await Deno.remove(directory, { recursive: true }).catch(() => {});
  await buildModules(directory, entries);
  for (const { path, text } of await declarations(entries[0]!)) {
    await write(join(directory, "types", path), text);
  }
  await write(join(directory, "package.json"), `${JSON.stringify(packageJson(), null, 2)}\n`);
  await Deno.copyFile(join(root, "LICENSE"), join(directory, "LICENSE"));
}

/** A file for each of `entryPoints`, which are named from the root, and those that they share. */
export async function buildModules(directory: string, entryPoints: readonly string[]): Promise<void> {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [...entryPoints],
    entryNames: "[name]",
    outdir: directory,
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: optionalPackages,
    charset: "utf8",
    logLevel: "warning",
  });
  await esbuild.stop();
  for (const { path, text } of outputFiles) await write(path, withBuiltWorkers(text));
}

/** Source names its Workers by their source, which Deno runs; here they lie beside, built. */
function withBuiltWorkers(text: string): string {
  return entries.slice(1).reduce((all, entry) => {
    const name = entry.slice(entry.lastIndexOf("/") + 1);
    return all.replaceAll(`new URL("./${name}"`, `new URL("./${name.replace(/\.ts$/, ".js")}"`);
  }, text);
}

function packageJson(): Record<string, unknown> {
  const { version, license, imports } = manifest;
  return {
    name: "@milena/client",
    version,
    license,
    description: "A client for clusters that speak Kafka's protocol: Milena, Apache Kafka, Redpanda",
    type: "module",
    exports: { ".": { types: "./types/client/mod.d.ts", default: "./mod.js" } },
    types: "./types/client/mod.d.ts",
    engines: { node: `>=${OLDEST_NODE}` },
    // Nobody imports it, so nobody may leave it out.
    sideEffects: ["./sender_worker.js"],
    optionalDependencies: Object.fromEntries(
      optionalPackages.map((name) => [name, exactVersion(imports[name as keyof typeof imports])]),
    ),
  };
}

/** "npm:name@1.2.3": "1.2.3". */
function exactVersion(specifier: string): string {
  return specifier.slice(specifier.lastIndexOf("@") + 1);
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}

if (import.meta.main) {
  const directory = join(root, "dist/npm");
  await buildNpmPackage(directory);
  console.log(`made ${directory}`);
}
