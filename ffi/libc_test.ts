import assert from "node:assert/strict";
import { libc } from "./libc.ts";
import { lastErrno } from "./errno.ts";
import { runInProcess } from "./test_support.ts";

Deno.test("libc finds every symbol of its table", () => {
  assert(Object.values(libc()).length >= 35);
  for (const symbol of Object.values(libc())) assert.equal(typeof symbol, "function");
});

Deno.test("lastErrno is the errno of the thread's last failed call", () => {
  assert.equal(libc().close(-1), -1);
  assert.equal(lastErrno(), 9);
  assert.equal(libc().epoll_create1(-1), -1);
  assert.equal(lastErrno(), 22);
});

Deno.test("lastErrno is each thread's own", async () => {
  const code = `
    import { libc } from "${import.meta.resolve("./libc.ts")}";
    import { lastErrno } from "${import.meta.resolve("./errno.ts")}";
    libc().close(-1);
    lastErrno();
    self.onmessage = () => self.postMessage(lastErrno());`;
  const worker = new Worker(`data:application/typescript,${encodeURIComponent(code)}`, { type: "module" });
  libc().epoll_create1(-1);
  worker.postMessage(0);
  const theirs = await new Promise((resolve) => worker.onmessage = (event) => resolve(event.data));
  worker.terminate();
  assert.equal(theirs, 9);
});

Deno.test("libc opens another library for a test that names one, and asks nobody where the environment is closed", async () => {
  const name = `Deno.env.set("MILENA_TEST_LIBC", "/nowhere/libfault.so");`;
  const use = `const { libc } = await import(ffi("libc.ts")); console.log(libc().close(-1));`;
  const open = await runInProcess(`${name} ${use}`);
  assert.match(open.stderr, /\/nowhere\/libfault\.so/);
  const closed = await runInProcess(`${name} Deno.permissions.revokeSync({ name: "env" }); ${use}`);
  assert.equal(closed.stdout, "-1\n", closed.stderr);
});

Deno.test("the modules of this room can be imported without permission to call native code", async () => {
  const modules = [...Deno.readDirSync(new URL(".", import.meta.url))]
    .map((entry) => entry.name)
    .filter((name) => name.endsWith(".ts") && !name.endsWith("_test.ts") && name !== "test_support.ts");
  const imports = modules.map((name) => `await import(ffi("${name}"));`).join("\n");
  const { code, stderr } = await runInProcess(`
    Deno.permissions.revokeSync({ name: "ffi" });
    ${imports}`);
  assert.equal(code, 0, stderr);
});
