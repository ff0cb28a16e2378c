/**
 * Sending a file that is in the page cache to a peer on this machine: sendfile, and pread into memory followed by
 * send, over a Unix socket and over TCP on loopback. The peer reads in the same thread, so the time is that of both
 * sides. On a network card the picture is another one: there sendfile saves the copy that loopback makes anyway.
 * @module
 */
import { createHash } from "node:crypto";
import { openNativeDisk } from "../ffi/native_disk.ts";
import type { NativeFile } from "../ffi/native_file.ts";
import { listenTcp } from "../ffi/native_listener.ts";
import type { NativeSocket } from "../ffi/native_socket.ts";
import { WOULD_BLOCK } from "../ffi/readiness.ts";
import { socketPair } from "../ffi/socket_pair.ts";

const FILE_BYTES = 8 * 1024 * 1024;
const PART_BYTES = 1024 * 1024;

/** Bytes sent of the file from `position`, or WOULD_BLOCK. */
type Send = (socket: NativeSocket, file: NativeFile, position: number) => number;
/** Bytes received, into the buffer given. */
type Receive = (into: Uint8Array) => number | Promise<number | null>;

const part = new Uint8Array(PART_BYTES);

const ways: ReadonlyMap<string, Send> = new Map([
  ["sendfile", (socket, file, position) => socket.sendFile(file, position, PART_BYTES)],
  ["pread and send", (socket, file, position) => {
    const count = file.readAt(part, position);
    return count === 0 ? 0 : socket.send(part.subarray(0, count), false);
  }],
]);

for (const [name, send] of ways) {
  Deno.bench({
    name: `${name}, ${FILE_BYTES / 1024 / 1024} MiB`,
    group: "Unix socket",
    fn: async (bench) => {
      using fixture = fileOfBytes(FILE_BYTES);
      const [left, right] = socketPair();
      using _left = left;
      using _right = right;
      bench.start();
      await transfer(send, left, fixture.file, (into) => right.receive(into));
      bench.end();
    },
  });
  Deno.bench({
    name: `${name}, ${FILE_BYTES / 1024 / 1024} MiB`,
    group: "TCP on loopback",
    fn: async (bench) => {
      using fixture = fileOfBytes(FILE_BYTES);
      using listener = listenTcp({ host: "127.0.0.1", port: 0 });
      using peer = await Deno.connect({ hostname: "127.0.0.1", port: listener.local.port });
      using socket = listener.accept() as NativeSocket;
      bench.start();
      await transfer(send, socket, fixture.file, (into) => peer.read(into));
      bench.end();
    },
  });
}

/** A small file by each way; the digest of what arrived, which must be the same for all. */
export async function smoke(): Promise<string> {
  const digests = new Set<string>();
  for (const send of ways.values()) {
    using fixture = fileOfBytes(300_000);
    const [left, right] = socketPair();
    using _left = left;
    using _right = right;
    const hash = createHash("sha256");
    await transfer(send, left, fixture.file, (into) => {
      const count = right.receive(into);
      hash.update(into.subarray(0, count));
      return count;
    });
    digests.add(hash.digest("hex"));
  }
  if (digests.size !== 1) throw new Error(`The ways differ: ${[...digests].join(" ")}`);
  return [...digests].join();
}

async function transfer(send: Send, socket: NativeSocket, file: NativeFile, receive: Receive): Promise<void> {
  const into = new Uint8Array(PART_BYTES);
  const size = file.size();
  let sent = 0;
  let received = 0;
  while (received < size) {
    const count = sent < size ? send(socket, file, sent) : WOULD_BLOCK;
    if (count !== WOULD_BLOCK) sent += count;
    else received += await receive(into) ?? 0;
  }
}

function fileOfBytes(byteLength: number): Disposable & { readonly file: NativeFile } {
  const path = Deno.makeTempFileSync();
  const file = openNativeDisk().open(path);
  file.writeAt(Uint8Array.from({ length: byteLength }, (_, index) => (index * 31) & 0xff), 0);
  return {
    file,
    [Symbol.dispose]() {
      file.close();
      Deno.removeSync(path);
    },
  };
}
