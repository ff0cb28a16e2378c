/**
 * `deno task wasm`: makes protocol/lz4_wasm/module.ts of protocol/lz4_wasm/block.as.
 *
 * The compiler is for whoever changes the source; its output is checked in, and `scripts/wasm_test.ts` holds that it is
 * the source's. The program itself has nothing of the compiler.
 * @module
 */
import asc from "assemblyscript/asc";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";

const directory = new URL("../protocol/lz4_wasm/", import.meta.url);
export const modulePath = fileURLToPath(new URL("module.ts", directory));

/** The text of protocol/lz4_wasm/module.ts. */
export async function wasmModuleText(): Promise<string> {
  const source = await Deno.readTextFile(new URL("block.as", directory));
  let module: Uint8Array | undefined;
  const options = ["block.ts", "--outFile", "block.wasm", "-O3", "--noAssert", "--runtime", "stub"];
  const features = ["--enable", "simd", "--importMemory", "--noExportMemory"];
  const { error, stderr } = await asc.main([...options, ...features], {
    readFile: (name) => name === "block.ts" ? source : null,
    writeFile: (name, contents) => {
      if (name === "block.wasm") module = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || module === undefined) {
    throw new Error(`protocol/lz4_wasm/block.as does not compile: ${stderr.toString() || error?.message}`);
  }
  const lines = Buffer.from(module).toString("base64").match(/.{1,104}/g)!;
  return `/** Made by \`deno task wasm\` of block.as; not to be changed by hand. ${module.length} bytes. */
export const MODULE_BASE64 = [
${lines.map((line) => `  "${line}",\n`).join("")}].join("");
`;
}

if (import.meta.main) await Deno.writeTextFile(modulePath, await wasmModuleText());
