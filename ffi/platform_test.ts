import assert from "node:assert/strict";
import { assertSupported, unsupportedReason } from "./platform.ts";

Deno.test("assertSupported accepts Linux on x86-64 and arm64", () => {
  assertSupported({ os: "linux", arch: "x86_64" });
  assertSupported({ os: "linux", arch: "aarch64" });
});

Deno.test("assertSupported says what was found, what is supported and what to do", () => {
  assert.throws(() => assertSupported({ os: "windows", arch: "x86_64" }), {
    message:
      "This is windows on x86_64, but the broker runs on Linux on x86-64 or arm64 only: run it inside WSL2.",
  });
  assert.match(unsupportedReason({ os: "darwin", arch: "aarch64" }) ?? "", /container or virtual machine/);
  assert.match(unsupportedReason({ os: "linux", arch: "riscv64" }) ?? "", /^This is linux on riscv64/);
});
