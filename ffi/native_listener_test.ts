import assert from "node:assert/strict";
import { listenTcp, listenUnix } from "./native_listener.ts";
import { WOULD_BLOCK } from "./readiness.ts";
import { systemError, temporaryDirectory } from "./test_support.ts";

Deno.test("listenTcp takes connections on IPv4, IPv6, localhost and every address", async () => {
  for (
    const [host, dial, family] of [
      ["127.0.0.1", "127.0.0.1", "ipv4"],
      ["localhost", "127.0.0.1", "ipv4"],
      ["0.0.0.0", "127.0.0.1", "ipv4"],
      ["", "127.0.0.1", "ipv4"],
      ...(hasIpv6() ? [["::1", "::1", "ipv6"], ["::", "::1", "ipv6"], ["", "::1", "ipv6"]] as const : []),
    ] as const
  ) {
    using listener = listenTcp({ host, port: 0 });
    assert.equal(listener.accept(), undefined);
    const port = listener.local.port;
    assert(port > 0);
    using client = await Deno.connect({ hostname: dial, port });
    using socket = listener.accept();
    assert(socket !== undefined);
    assert.deepEqual(socket.local, { family, host: dial, port });
    assert.deepEqual(socket.peer, { family, host: dial, port: (client.localAddr as Deno.NetAddr).port });
    assert.equal(socket.receive(new Uint8Array(1)), WOULD_BLOCK);
    socket.send(new Uint8Array([1]), true);
    socket.send(new Uint8Array([2]), false);
    const into = new Uint8Array(2);
    for (let length = 0; length < 2;) length += await client.read(into.subarray(length)) ?? 2;
    assert.deepEqual([...into], [1, 2]);
  }
});

Deno.test("listenTcp takes a port again at once after connections were closed on it", async () => {
  const listener = listenTcp({ host: "127.0.0.1", port: 0 });
  const port = listener.local.port;
  const client = await Deno.connect({ hostname: "127.0.0.1", port });
  listener.accept()?.close(); // closed first by the server: TIME_WAIT is on this side
  await client.read(new Uint8Array(1));
  client.close();
  listener.close();
  using again = listenTcp({ host: "127.0.0.1", port });
  assert.equal(again.local.port, port);
});

Deno.test("listenTcp names host and port of an address that it can't have", () => {
  using listener = listenTcp({ host: "127.0.0.1", port: 0 });
  const port = listener.local.port;
  const inUse = systemError("EADDRINUSE", `bind 127.0.0.1:${port}: `);
  assert.throws(() => listenTcp({ host: "127.0.0.1", port }), (error: unknown) => {
    assert.equal((error as { path?: string }).path, `127.0.0.1:${port}`);
    return inUse(error);
  });
  assert.throws(() => listenTcp({ host: "", port }), systemError("EADDRINUSE"));
  assert.throws(
    () => listenTcp({ host: "192.0.2.1", port: 0 }),
    systemError("EADDRNOTAVAIL", "bind 192.0.2.1:0: "),
  );
  if (hasIpv6()) {
    assert.throws(
      () => listenTcp({ host: "2001:db8::1", port: 0 }),
      systemError("EADDRNOTAVAIL", "bind [2001:db8::1]:0"),
    );
  }
  assert.throws(() => listenTcp({ host: "kafka.example", port: 0 }), /have to be resolved first/);
});

Deno.test("listenTcp shares a port among listeners that all asked for it", () => {
  using one = listenTcp({ host: "127.0.0.1", port: 0, reusePort: true });
  using two = listenTcp({ host: "127.0.0.1", port: one.local.port, reusePort: true });
  assert.equal(two.local.port, one.local.port);
});

Deno.test("listenTcp gives connections the buffer sizes that it was told", async () => {
  using listener = listenTcp({
    host: "127.0.0.1",
    port: 0,
    sendBufferBytes: 16_384,
    receiveBufferBytes: 16_384,
  });
  using client = await Deno.connect({ hostname: "127.0.0.1", port: listener.local.port });
  using socket = listener.accept();
  assert(socket !== undefined);
  const bytes = new Uint8Array(1 << 16);
  let sent = 0;
  for (let count = 0; count !== WOULD_BLOCK; count = socket.send(bytes, false)) sent += count;
  let received = 0;
  while (received < sent) received += await client.read(bytes) ?? sent;
  assert(sent < 32 << 20, `${sent} bytes taken`);
});

Deno.test("listenUnix takes connections and removes its path on close", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/socket`;
  const listener = listenUnix(path);
  assert.deepEqual(listener.local, { family: "unix", host: path, port: 0 });
  using client = await Deno.connect({ transport: "unix", path });
  using socket = listener.accept();
  assert(socket !== undefined);
  assert.deepEqual(socket.peer, { family: "unix", host: "", port: 0 });
  await client.write(new Uint8Array([1, 2]));
  assert.equal(socket.receive(new Uint8Array(9)), 2);
  listener.close();
  listener.close();
  assert.deepEqual([...Deno.readDirSync(directory.path)], []);
});

Deno.test("listenUnix replaces what an ended process left, only when told to and only a socket", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/socket`;
  using stale = listenUnix(path);
  assert.throws(() => listenUnix(path), systemError("EADDRINUSE", `bind ${path}: `));
  using replaced = listenUnix(path, { replace: true });
  assert.notEqual(replaced.descriptor, stale.descriptor);
  const file = `${directory.path}/file`;
  Deno.writeTextFileSync(file, "precious");
  assert.throws(() => listenUnix(file, { replace: true }), systemError("EADDRINUSE"));
  assert.equal(Deno.readTextFileSync(file), "precious");
});

Deno.test("NativeListener.accept throws after close, which may be called again", () => {
  const listener = listenTcp({ host: "127.0.0.1", port: 0 });
  listener.close();
  listener.close();
  assert.throws(() => listener.accept(), systemError("EBADF", `accept 127.0.0.1:`));
});

function hasIpv6(): boolean {
  return Deno.networkInterfaces().some((each) => each.address === "::1");
}
