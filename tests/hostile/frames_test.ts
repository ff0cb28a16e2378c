/**
 * Frames whose size lies, and things that are no frames.
 * @module
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { CLOSED, RawConnection } from "../support/raw_connection.ts";
import { concat, flexibleHeader, frame, header, int32, requestFrame, utf8 } from "../support/wire.ts";
import { hostileTargetOfThisFile, hostileTest, hostileTests } from "./hostile.ts";

const readTimeoutMs = 1000;
const target = hostileTargetOfThisFile({
  settings: { "milena.request.read.timeout.ms": String(readTimeoutMs) },
});

const megabyte = 1024 * 1024;
const requestLimitBytes = 100 * megabyte;
const versions = (correlationId: number) => frame(header({ key: 18, version: 0, correlationId }));

// RFC 8446: a TLS handshake record (22, version 3.1, length) that opens with a ClientHello.
const tlsHello = new Uint8Array([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, ...new Array<number>(194).fill(0x5a)]);

hostileTests(target, [
  {
    name: "a frame of size -1",
    why: "read as unsigned it is 4 GiB to reserve; as signed, a buffer that ends before it begins",
    bytes: () => concat(int32(-1), utf8("x".repeat(64))),
    outcome: "closed",
  },
  {
    name: "a frame of the most negative size",
    why: "position + size wraps around; its absolute value is itself",
    bytes: () => concat(int32(-(2 ** 31)), utf8("x".repeat(64))),
    outcome: "closed",
  },
  {
    name: "a frame of 2,147,483,647 bytes",
    why: "4 + size is negative in 32 bits; reserving it takes 2 GiB",
    bytes: () => concat(int32(2 ** 31 - 1), utf8("x".repeat(64))),
    outcome: "closed",
  },
  {
    name: "a frame one byte larger than socket.request.max.bytes",
    why: "the limit is 100 MiB and holds at its edge",
    bytes: () => concat(int32(requestLimitBytes + 1), utf8("x".repeat(64))),
    outcome: "closed",
  },
  {
    name: "a frame of size 0",
    why: "the header is read from the frame that follows, or a loop never advances",
    bytes: () => concat(int32(0), versions(1)),
    outcome: "closed",
  },
  ...[1, 2, 3, 7].map((size) => ({
    name: `a frame of ${size} ${size === 1 ? "byte" : "bytes"}`,
    why: "a request header has at least 10: reading it runs into the next frame",
    bytes: () => concat(frame(new Uint8Array(size)), versions(1)),
    outcome: "closed" as const,
  })),
  {
    name: "half a frame and the end",
    why: "a broker that waits for the rest of a finished stream waits for ever",
    bytes: () => concat(int32(100), new Uint8Array(50)),
    outcome: "closed",
    endsEarly: true,
  },
  {
    name: "half a size and the end",
    why: "the size is read across the end of what came",
    bytes: () => new Uint8Array(2),
    outcome: "closed",
    endsEarly: true,
  },
  {
    name: "a TLS hello",
    why: "its first four bytes are a frame of 369,295,616 bytes",
    bytes: () => tlsHello,
    outcome: "closed",
  },
  {
    name: "an SSH greeting",
    why: '"SSH-" is a frame of 1,397,966,893 bytes',
    bytes: () => utf8("SSH-2.0-OpenSSH_9.2\r\n"),
    outcome: "closed",
  },
]);

hostileTest(
  target,
  "an HTTP request is answered by HTTP [a frame of 1,195,725,856 bytes, waited for for ever]",
  async () => {
    using connection = await RawConnection.open(target.address);
    await connection.send(
      utf8(
        "POST /topics/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
      ),
    );
    assert.ok(await connection.isClosed());
  },
);

hostileTest(
  target,
  "a request byte by byte is answered [a parser that wants a header in one piece]",
  async () => {
    using connection = await RawConnection.open(target.address);
    for (const byte of versions(77)) {
      await connection.send(new Uint8Array([byte]));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const answer = await connection.receive();
    assert.ok(answer instanceof Uint8Array);
    assert.equal(new DataView(answer.buffer, answer.byteOffset).getInt32(0), 77);
  },
);

hostileTest(
  target,
  "a good frame and garbage in one segment: the answer, then the end [the garbage's fault]",
  async () => {
    using connection = await RawConnection.open(target.address);
    await connection.send(concat(versions(5), int32(-1), utf8("garbage")));
    const answer = await connection.receive();
    assert.ok(answer instanceof Uint8Array, "the good frame's answer");
    assert.equal(await connection.receive(), CLOSED);
  },
);

hostileTest(
  target,
  "frames cut anywhere come together again [a size or a header across two reads]",
  async () => {
    using connection = await RawConnection.open(target.address);
    const metadata = requestFrame(api.Metadata, 9, { topics: [{ name: target.topic }] }, 2);
    const bytes = concat(versions(1), metadata, versions(3));
    for (let start = 0; start < bytes.length; start += 7) {
      await connection.send(bytes.subarray(start, start + 7));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const correlationId of [1, 2, 3]) {
      const answer = await connection.receive();
      assert.ok(answer instanceof Uint8Array);
      assert.equal(new DataView(answer.buffer, answer.byteOffset).getInt32(0), correlationId);
    }
  },
);

// Apache Kafka runs out of memory at the first of these, and waits ten minutes at the others.
if (!target.isForeign) {
  hostileTest(
    target,
    "fifty claims of 100 MiB hold no memory [50 x 100 MiB = 5 GiB reserved for 500 bytes]",
    async () => {
      const before = target.residentBytes();
      const connections: RawConnection[] = [];
      try {
        for (let index = 0; index < 50; index++) {
          const connection = await RawConnection.open(target.address);
          connections.push(connection);
          await connection.send(concat(int32(requestLimitBytes), flexibleHeader({ key: 0, version: 9 })));
        }
        await target.serveHonestClient();
        const grown = target.residentBytes() - before;
        assert.ok(grown < 64 * megabyte, `50 claims took ${Math.round(grown / megabyte)} MiB`);
      } finally {
        for (const connection of connections) connection[Symbol.dispose]();
      }
    },
  );

  for (
    const [what, bytes] of [["half a size", new Uint8Array(2)], [
      "half a frame",
      concat(int32(100), new Uint8Array(50)),
    ]] as const
  ) {
    hostileTest(
      target,
      `${what} and silence: closed after the read timeout [a socket and a buffer for ever]`,
      async () => {
        using connection = await RawConnection.open(target.address);
        await connection.send(bytes);
        assert.ok(await connection.isClosed(3 * readTimeoutMs), "still open");
      },
    );
  }

  hostileTest(
    target,
    "a frame that trickles: closed after the read timeout [each byte would renew a wait per read]",
    async () => {
      using connection = await RawConnection.open(target.address);
      await connection.send(int32(1000));
      const trickle = setInterval(() => void connection.send(new Uint8Array(1)), 50);
      try {
        assert.ok(await connection.isClosed(3 * readTimeoutMs), "still open");
      } finally {
        clearInterval(trickle);
      }
    },
  );
}
