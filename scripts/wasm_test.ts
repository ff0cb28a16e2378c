import { equal } from "node:assert/strict";
import { modulePath, wasmModuleText } from "./wasm.ts";

Deno.test("protocol/lz4_wasm/module.ts is what block.as compiles to (deno task wasm writes it)", async () => {
  equal(await Deno.readTextFile(modulePath), await wasmModuleText());
});
