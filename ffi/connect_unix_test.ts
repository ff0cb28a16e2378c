import { equal, throws } from "node:assert/strict";
import { connectUnix } from "./connect_unix.ts";
import { listenUnix } from "./native_listener.ts";
import { WOULD_BLOCK } from "./readiness.ts";
import { temporaryDirectory } from "./test_support.ts";

Deno.test("connectUnix() gives a connected socket that does not block", () => {
  using directory = temporaryDirectory();
  using listener = listenUnix(`${directory.path}/s`);
  using client = connectUnix(`${directory.path}/s`);
  using server = listener.accept()!;
  const bytes = new Uint8Array(10);
  equal(client.receive(bytes), WOULD_BLOCK);
  equal(server.send(new Uint8Array([1, 2, 3]), false), 3);
  equal(client.receive(bytes), 3);
});

Deno.test("NativeSocket.finish() ends one direction and leaves the other", () => {
  using directory = temporaryDirectory();
  using listener = listenUnix(`${directory.path}/s`);
  using client = connectUnix(`${directory.path}/s`);
  using server = listener.accept()!;
  client.send(new Uint8Array([1]), false);
  client.finish();
  const bytes = new Uint8Array(10);
  equal(server.receive(bytes), 1);
  equal(server.receive(bytes), 0);
  equal(server.send(new Uint8Array([2]), false), 1);
  equal(client.receive(bytes), 1);
});

Deno.test("connectUnix() throws where nobody listens", () => {
  throws(() => connectUnix("/nowhere/at/all"), { code: "ENOENT" });
});
