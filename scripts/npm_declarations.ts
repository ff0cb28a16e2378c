/**
 * Declarations of types (.d.ts) of a module and of what it names, for the package that `npm.ts` makes.
 *
 * TypeScript's own compiler makes them. It is in no list of this project's packages, but in a lock file of its own:
 * valibot would take it for a companion, and carry its 23 MB into the executable.
 * @module
 */
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const lockFile = fileURLToPath(new URL("npm_declarations.lock", import.meta.url));
const compiler = "npm:typescript@5.9.3/tsc";

export interface Declaration {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** Those that `entry` (from the root) reaches: what a declaration does not name stays out. */
export async function declarations(entry: string): Promise<Declaration[]> {
  const directory = await Deno.makeTempDir({ prefix: "milena-types-" });
  try {
    await compile(entry, directory);
    return await reached(entry, directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Without checks: `deno check` has made them, and knows the types of Deno and Node. */
async function compile(entry: string, directory: string): Promise<void> {
  const options = [
    ...[
      "--noCheck",
      "--declaration",
      "--emitDeclarationOnly",
      "--allowImportingTsExtensions",
    ],
    ...["--target", "esnext", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "esnext,dom"],
    ...["--strict", "--exactOptionalPropertyTypes", "--rootDir", root, "--outDir", directory],
  ];
  await runTypeScript(root, [...options, entry]);
}

/** Throws with what the compiler said, if it fails. */
export async function runTypeScript(directory: string, options: readonly string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-config", "--lock", lockFile, "--frozen", compiler, ...options],
    cwd: directory,
  }).output();
  if (success) return;
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim()).join("\n");
  throw new Error(`tsc ${options.join(" ")}: ${said}`);
}

async function reached(entry: string, directory: string): Promise<Declaration[]> {
  const found = new Map<string, string>();
  const visit = async (path: string) => {
    if (found.has(path)) return;
    const text = await Deno.readTextFile(join(directory, path));
    // Where it is used there are no sources, and who looks for x.js finds x.d.ts.
    found.set(path, text.replaceAll(relativeImport, '"$1.js"'));
    for (const [, name] of text.matchAll(relativeImport)) {
      await visit(normalize(join(dirname(path), `${name}.d.ts`)));
    }
  };
  await visit(entry.replace(/\.ts$/, ".d.ts"));
  return Array.from(found, ([path, text]) => ({ path, text }));
}

const relativeImport = /"(\.\.?\/[^"]+)\.ts"/g;
