/**
 * Holds the walls between rooms, by reading every import of every file.
 *
 *     main.ts, cli, scripts → everything;  broker, client → storage → protocol;  ffi → types of its two ports
 *
 * Tests and benchmarks beside the code may put together what they like; what they may not is be imported by it.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { shippedPackages } from "../scripts/shipped_packages.ts";
import manifest from "../deno.json" with { type: "json" };

const root = fileURLToPath(new URL("../", import.meta.url));

interface Import {
  /** The importing file, from the root. */
  readonly from: string;
  /** A file from the root, or a package's name, or "node:…". */
  readonly to: string;
  readonly isFile: boolean;
  readonly isTypeOnly: boolean;
}

interface Source {
  readonly path: string;
  readonly text: string;
}

function* sourceFiles(directory: string): Generator<Source> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const path = join(directory, name);
    if (isDirectory && !/^(\.|node_modules$|dist$|data$)/.test(name)) yield* sourceFiles(path);
    else if (name.endsWith(".ts")) yield { path: relative(root, path), text: Deno.readTextFileSync(path) };
  }
}

/** Comments can hold examples of imports. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

function importsOf({ path, text }: Source): Import[] {
  const code = withoutComments(text);
  const found = [
    ...code.matchAll(/^\s*(?:import|export)\s+(type\s)?[^"'`;]*?\sfrom\s+["']([^"'$]+)["']/gm),
    ...code.matchAll(/^\s*import\s+()["']([^"'$]+)["']/gm),
    ...code.matchAll(/\bimport\(()\s*["']([^"'$]+)["']/g),
    ...code.matchAll(/new URL\(()\s*["'](\.[^"']+\.ts)["']\s*,\s*import\.meta\.url/g),
  ];
  return found.map(([, type, specifier]) => {
    const isFile = specifier!.startsWith(".");
    const to = isFile ? normalize(join(dirname(path), specifier!)) : specifier!;
    return { from: path, to, isFile, isTypeOnly: type !== undefined && type !== "" };
  });
}

function isTest(path: string): boolean {
  return /_test\.ts$|_bench\.ts$|\/testing\/|\/test_support\.ts$|^(tests|bench)\//.test(path);
}

/** The room a file is in: its first folder; broker/http is one of its own, and files at the root are "main". */
function roomOf(path: string): string {
  if (path.startsWith("broker/http/")) return "broker/http";
  return path.includes("/") ? path.split("/")[0]! : "main";
}

/** Which rooms a room may import besides itself. Rooms that are not here may import all. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  ffi: [],
  storage: ["protocol"],
  client: ["protocol"],
  broker: ["protocol", "storage"],
  "broker/http": ["broker", "client", "protocol", "storage"],
};

/** `ffi` implements these ports, and may know their types. */
const ports = ["storage/disk.ts", "broker/transport.ts"];

const sources = [...sourceFiles(root)];
const imports = sources.flatMap(importsOf);
const inProduction = imports.filter(({ from }) => !isTest(from));

function listed(found: readonly Import[]): string[] {
  return found.map(({ from, to }) => `${from} imports ${to}`);
}

Deno.test("architecture: the reader of imports sees them all", () => {
  const text = [
    'import { a } from "./a.ts";',
    'import type { B } from "../b.ts";',
    'export {\n  c,\n  d,\n} from "./c.ts";',
    'import "node:process";',
    'const e = await import("./e.ts");',
    'new Worker(new URL("./f.ts", import.meta.url));',
    '// import { x } from "./comment.ts";',
    'import { type G, g } from "hono";',
  ].join("\n");
  const found = importsOf({ path: "room/file.ts", text });
  deepEqual(found.map(({ to, isTypeOnly }) => `${to}${isTypeOnly ? " (type)" : ""}`).sort(), [
    "b.ts (type)",
    "hono",
    "node:process",
    "room/a.ts",
    "room/c.ts",
    "room/e.ts",
    "room/f.ts",
  ]);
  ok(imports.length > 300, `only ${imports.length} imports found in all files`);
});

Deno.test("architecture: rooms import only what lies below them", () => {
  deepEqual(
    listed(inProduction.filter(({ from, to, isFile, isTypeOnly }) => {
      const [room, other] = [roomOf(from), roomOf(to)];
      const allowed = neighbours[room];
      if (!isFile || allowed === undefined || room === other || allowed.includes(other)) return false;
      return !(room === "ffi" && isTypeOnly && ports.includes(to));
    })),
    [],
  );
});

Deno.test("architecture: nothing that is shipped imports tests or benchmarks", () => {
  deepEqual(listed(inProduction.filter(({ to, isFile }) => isFile && isTest(to))), []);
});

Deno.test("architecture: every imported file is there", () => {
  const paths = new Set(sources.map(({ path }) => path));
  const missing = imports.filter(({ to, isFile }) => isFile && to.endsWith(".ts") && !paths.has(to));
  // What the first test is made of is no import.
  deepEqual(listed(missing.filter(({ from }) => from !== "tests/architecture_test.ts")), []);
});

Deno.test("architecture: packages are imported by the names in deno.json, and none from JSR or the web", () => {
  const names = Object.keys(manifest.imports);
  deepEqual(
    listed(imports.filter(({ to, isFile }) => {
      return !isFile && !to.startsWith("node:") &&
        !names.some((name) => to === name || to.startsWith(`${name}/`));
    })).filter((line) => !line.startsWith("tests/architecture_test.ts")),
    [],
  );
  for (const [name, target] of Object.entries(manifest.imports)) {
    ok(/^npm:.+@\d+\.\d+\.\d+$/.test(target), `${name} is ${target}, wanted npm: with an exact version`);
  }
});

Deno.test("architecture: the program imports the packages that scripts/compile.ts puts into the executable", () => {
  const shipped = inProduction.filter(({ from, to, isFile }) =>
    !isFile && !to.startsWith("node:") && !from.startsWith("scripts/")
  );
  const names = shipped.map(({ to }) => to.split("/").slice(0, to.startsWith("@") ? 2 : 1).join("/"));
  deepEqual([...new Set(names)].sort(), [...shippedPackages].sort());
});

Deno.test("architecture: only ffi opens libraries and touches pointers", () => {
  const unsafe = /\bDeno\.(dlopen|UnsafePointer|UnsafePointerView|UnsafeCallback|UnsafeFnPointer)\b/;
  deepEqual(
    sources
      .filter(({ path, text }) => roomOf(path) !== "ffi" && unsafe.test(withoutComments(text)))
      .map(({ path }) => path)
      .filter((path) => path !== "tests/architecture_test.ts" && !path.startsWith("bench/")),
    [],
  );
});

/** Functions that came after Node 20; esbuild lowers syntax, and leaves these as they are. */
const newerThanNode20: readonly RegExp[] = [
  /\b(Promise\.(withResolvers|try)|(Map|Object)\.groupBy|Array\.fromAsync|Iterator\.(from|concat))\b/,
  /\b(RegExp\.escape|Error\.isError|Math\.(sumPrecise|f16round)|Float16Array|Uint8Array\.from(Base64|Hex))\b/,
  /\.(to(Base64|Hex)|transfer(ToFixedLength)?|getOrInsert(Computed)?)\(/,
  /\.(union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(/,
  /\.(values|keys|entries)\(\)\s*\.(map|filter|take|drop|flatMap|reduce|toArray|forEach|some|every|find)\(/,
];

Deno.test("architecture: the client runs on Node 20, and meets Deno only in client/sockets", () => {
  const users = sources.filter(({ path }) => /^(client|protocol)\//.test(path) && !isTest(path))
    .map(({ path, text }) => ({ path, code: withoutComments(text) }));
  equal(users.length > 100, true);
  // What a record looks like on Deno's console is asked for by a name.
  const deno = users.filter(({ code }) => /\bDeno\.(?!customInspect)/.test(code)).map(({ path }) => path);
  deepEqual(deno, ["client/sockets/deno_socket.ts"]);
  const newer = users.flatMap(({ path, code }) =>
    newerThanNode20.flatMap((words) => words.exec(code)?.[0] ?? []).map((found) => `${path}: ${found}`)
  );
  deepEqual(newer, []);
});

Deno.test("architecture: no default exports, and every file says at its head what it is for", () => {
  const shipped = sources.filter(({ path }) => !isTest(path));
  deepEqual(shipped.filter(({ text }) => /^export default /m.test(text)).map(({ path }) => path), []);
  const silent = shipped.filter(({ text }) => !/^(\/\/\/ <reference .*\n|#!.*\n)*\/\*\*/.test(text));
  deepEqual(silent.map(({ path }) => path), []);
  equal(shipped.length > 100, true);
});
