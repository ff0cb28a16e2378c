import assert from "node:assert/strict";
import { openNativeDisk } from "./native_disk.ts";
import { WOULD_BLOCK } from "./readiness.ts";
import { socketPair } from "./socket_pair.ts";
import { runInProcess, systemError, temporaryDirectory } from "./test_support.ts";

const disk = openNativeDisk();

Deno.test("NativeSocket receives what its peer sends, then would block, then ends", () => {
  const [left, right] = socketPair();
  using socket = left;
  const into = new Uint8Array(10);
  assert.equal(socket.receive(into), WOULD_BLOCK);
  assert.equal(right.send(new Uint8Array([1, 2, 3, 4]).subarray(1), false), 3);
  assert.equal(socket.receive(into.subarray(2)), 3);
  assert.deepEqual([...into.subarray(0, 6)], [0, 0, 2, 3, 4, 0]);
  right.close();
  assert.equal(socket.receive(into), 0);
});

Deno.test("NativeSocket.send takes what fits and says when nothing does", () => {
  const [left, right] = socketPair();
  using sender = left;
  using receiver = right;
  const bytes = Uint8Array.from({ length: 1 << 20 }, (_, index) => index % 251);
  let sent = 0;
  for (let count = 0; count !== WOULD_BLOCK; count = sender.send(bytes.subarray(sent), false)) sent += count;
  assert(sent > 0 && sent < bytes.length);
  const received = new Uint8Array(bytes.length);
  let length = 0;
  while (length < sent) length += receiver.receive(received.subarray(length));
  assert.equal(receiver.receive(received), WOULD_BLOCK);
  assert.deepEqual(received.subarray(0, sent), bytes.subarray(0, sent));
});

Deno.test("NativeSocket.sendFile sends a range by its own position, and 0 at the end of the file", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  file.writeAt(new TextEncoder().encode("0123456789"), 0);
  const [left, right] = socketPair();
  using sender = left;
  using receiver = right;
  const into = new Uint8Array(20);
  assert.equal(sender.sendFile(file, 2, 3), 3);
  assert.equal(sender.sendFile(file, 8, 100), 2);
  assert.equal(sender.sendFile(file, 10, 5), 0);
  assert.equal(sender.sendFile(file, 0, 1), 1);
  let length = 0;
  while (length < 6) length += receiver.receive(into.subarray(length));
  assert.equal(new TextDecoder().decode(into.subarray(0, length)), "234890");
});

Deno.test("NativeSocket.sendFile reaches positions beyond 4 GiB and says when it would block", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  const position = 3 * 2 ** 32 + 5;
  file.writeAt(new Uint8Array([7, 8]), position);
  file.truncate(position + (1 << 20));
  const [left, right] = socketPair();
  using sender = left;
  using receiver = right;
  let sent = 0;
  for (let count = 0; count !== WOULD_BLOCK; count = sender.sendFile(file, position + sent, 1 << 20)) {
    sent += count;
  }
  assert(sent > 2 && sent < 1 << 20);
  const into = new Uint8Array(2);
  receiver.receive(into);
  assert.deepEqual([...into], [7, 8]);
});

Deno.test("NativeSocket.sendFile sends a file that was closed while retained", () => {
  using directory = temporaryDirectory();
  const file = disk.open(`${directory.path}/f`, { create: true });
  file.writeAt(new Uint8Array([9]), 0);
  file.retain();
  file.close();
  const [left, right] = socketPair();
  using sender = left;
  using _receiver = right;
  assert.equal(sender.sendFile(file, 0, 1), 1);
  file.release();
  assert.throws(() => sender.sendFile(file, 0, 1), systemError("EBADF", `sendfile ${file.path} to `));
});

Deno.test("NativeSocket throws ECONNRESET and EPIPE when the peer is gone", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  file.writeAt(new Uint8Array(10), 0);
  const [left, right] = socketPair();
  using socket = left;
  socket.send(new Uint8Array(10), false);
  right.close(); // with bytes unread
  assert.throws(() => socket.receive(new Uint8Array(10)), systemError("ECONNRESET", "recv a Unix socket: "));
  assert.throws(() => socket.send(new Uint8Array(10), true), systemError("EPIPE", "send a Unix socket: "));
  assert.throws(() => socket.sendFile(file, 0, 10), systemError("EPIPE", "sendfile "));
});

Deno.test("NativeSocket throws from every call after close, which may be called again", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  const [socket, peer] = socketPair();
  using _peer = peer;
  socket.close();
  socket.close();
  assert.equal(socket.descriptor, -1);
  assert.throws(() => socket.receive(new Uint8Array(1)), systemError("EBADF"));
  assert.throws(() => socket.send(new Uint8Array(1), false), systemError("EBADF"));
  assert.throws(() => socket.sendFile(file, 0, 1), systemError("EBADF"));
});

Deno.test("a process whose peers are gone gets errors, not SIGPIPE, from sendfile and in Workers too", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/f`;
  Deno.writeFileSync(path, new Uint8Array(100));
  const body = `
    import { openNativeDisk } from ffi("native_disk.ts");
    import { socketPair } from ffi("socket_pair.ts");
    const [left, right] = socketPair();
    right.close();
    const codes: string[] = [];
    const file = openNativeDisk().open(${JSON.stringify(path)});
    for (const act of [() => left.sendFile(file, 0, 10), () => left.send(new Uint8Array(1), false)]) {
      try { act(); } catch (error) { codes.push((error as { code: string }).code); }
    }`;
  const { code, stdout, stderr } = await runInProcess(`${body}
    console.log(codes.join());
    const source = ${"`"}${body.replaceAll("`", "\\`")} self.postMessage(codes.join());${"`"};
    const worker = new Worker("data:application/typescript," + encodeURIComponent(source), { type: "module" });
    worker.onmessage = (event) => { console.log(event.data); worker.terminate(); };`);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "EPIPE,EPIPE\nEPIPE,EPIPE\n");
});
