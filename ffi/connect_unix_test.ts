import { equal, throws } from "node:assert/strict";
import { connectUnix } from "./connect_unix.ts";
import { listenUnix } from "./native_listener.ts";
import { WOULD_BLOCK } from "./readiness.ts";

Deno.test("connectUnix() gives a connected socket that does not block", () => {
  const directory = Deno.makeTempDirSync();
  using listener = listenUnix(`${directory}/s`);
  using client = connectUnix(`${directory}/s`);
  using server = listener.accept()!;
  const bytes = new Uint8Array(10);
  equal(client.receive(bytes), WOULD_BLOCK);
  equal(server.send(new Uint8Array([1, 2, 3]), false), 3);
  equal(client.receive(bytes), 3);
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("NativeSocket.finish() ends one direction and leaves the other", () => {
  const directory = Deno.makeTempDirSync();
  using listener = listenUnix(`${directory}/s`);
  using client = connectUnix(`${directory}/s`);
  using server = listener.accept()!;
  client.send(new Uint8Array([1]), false);
  client.finish();
  const bytes = new Uint8Array(10);
  equal(server.receive(bytes), 1);
  equal(server.receive(bytes), 0);
  equal(server.send(new Uint8Array([2]), false), 1);
  equal(client.receive(bytes), 1);
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("connectUnix() throws where nobody listens", () => {
  throws(() => connectUnix("/nowhere/at/all"), { code: "ENOENT" });
});
