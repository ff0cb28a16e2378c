/**
 * The files of the console, as they are served.
 *
 * What must be true: nothing of them is in memory until a browser asks; and the address of a file changes whenever any of
 * them does (one digest over all stands in it), so that a browser may keep it for ever and never mixes two versions.
 * @module
 */
import { Buffer } from "node:buffer";

export interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same by gzip. */
  readonly zipped: Uint8Array<ArrayBuffer>;
}

export interface Assets {
  /** Stands in the address of each file. */
  readonly version: string;
  /** The page itself. */
  readonly page: Asset;
  /** By name; the page is none of them. */
  readonly files: ReadonlyMap<string, Asset>;
}

/** Beside this file, also inside the executable. */
const directory = new URL("./client/", import.meta.url);
const PAGE = "index.html";

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

let loading: Promise<Assets> | undefined;

/** Read at the first call. */
export function consoleAssets(): Promise<Assets> {
  return loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
}

async function load(): Promise<Assets> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (isFile && typeOf(name) !== undefined) names.push(name);
  }
  names.sort();
  const contents = await Promise.all(names.map((name) => Deno.readTextFile(new URL(name, directory))));
  const version = await digest(names.map((name, i) => `${name}\n${contents[i]}`).join("\n"));
  const files = new Map<string, Asset>();
  for (const [i, name] of names.entries()) {
    if (name !== PAGE) files.set(name, await asset(name, contents[i]!));
  }
  const page = contents[names.indexOf(PAGE)];
  if (page === undefined) throw new Error(`${directory} has no ${PAGE}`);
  return { version, page: await asset(PAGE, completed(page, version, names)), files };
}

/**
 * The page with the version in its addresses, and at its head all modules that it does not name itself: they are fetched
 * side by side then, instead of one import after the other.
 */
function completed(page: string, version: string, names: readonly string[]): string {
  const modules = names.filter((name) => name.endsWith(".js") && !page.includes(`/${name}"`));
  const preloads = modules.map((name) => `<link rel="modulepreload" href="/console/${version}/${name}">`);
  return page
    .replace("<!-- modules -->", preloads.join("\n    "))
    .replaceAll("/console/VERSION/", `/console/${version}/`);
}

async function asset(name: string, content: string): Promise<Asset> {
  const bytes = new TextEncoder().encode(content);
  const zipped = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return { type: typeOf(name)!, bytes, zipped: await new Response(zipped).bytes() };
}

function typeOf(name: string): string | undefined {
  return types[name.slice(name.lastIndexOf(".") + 1)];
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(hash, 0, 8).toString("hex");
}
