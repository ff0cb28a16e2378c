import assert from "node:assert/strict";
import "./test_support.ts";
import { decodeAddress, encodeInternetAddress, encodeUnixAddress, formatAddress } from "./socket_address.ts";

Deno.test("encodeInternetAddress writes struct sockaddr_in and sockaddr_in6", () => {
  assert.deepEqual(
    [...encodeInternetAddress("192.0.2.7", 9092)],
    [2, 0, 0x23, 0x84, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0],
  );
  const ipv6 = encodeInternetAddress("2001:db8::7", 65535);
  assert.deepEqual([...ipv6.subarray(0, 12)], [10, 0, 0xff, 0xff, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8]);
  assert.equal(ipv6[23], 7);
  assert.equal(ipv6.length, 28);
});

Deno.test("decodeAddress reads back what was encoded, IPv6 in its short form", () => {
  for (
    const [host, family, expected] of [
      ["127.0.0.1", "ipv4", "127.0.0.1"],
      ["::", "ipv6", "::"],
      ["0:0:0:0:0:0:0:1", "ipv6", "::1"],
      ["2001:0DB8:0:0:1:0:0:1", "ipv6", "2001:db8::1:0:0:1"],
      ["::ffff:10.1.2.3", "ipv4", "10.1.2.3"],
    ] as const
  ) {
    const bytes = encodeInternetAddress(host, 80);
    assert.deepEqual(decodeAddress(bytes, bytes.length), { family, host: expected, port: 80 });
  }
  const unix = encodeUnixAddress("/run/é.sock");
  assert.deepEqual(decodeAddress(unix, unix.length), { family: "unix", host: "/run/é.sock", port: 0 });
});

Deno.test("decodeAddress takes an unnamed Unix peer as one without a path", () => {
  const stale = new Uint8Array(112).fill(7);
  stale.set([1, 0]);
  assert.deepEqual(decodeAddress(stale, 2), { family: "unix", host: "", port: 0 });
  assert.deepEqual(decodeAddress(stale, 0), { family: "unix", host: "", port: 0 });
  stale.set([99, 0]);
  assert.throws(() => decodeAddress(stale, 16), /unknown family 99/);
});

Deno.test("encodeInternetAddress says what it can't listen on", () => {
  assert.throws(
    () => encodeInternetAddress("example.org", 1),
    /"example.org" is not an address to listen on/,
  );
  assert.throws(() => encodeInternetAddress("1.2.3", 1), TypeError);
  assert.throws(() => encodeInternetAddress("[::1]", 1), TypeError);
  for (const port of [-1, 65536, 1.5, NaN]) {
    assert.throws(
      () => encodeInternetAddress("::1", port),
      new RegExp(`from 0 to 65535, but ${port} was given`),
    );
  }
});

Deno.test("encodeUnixAddress refuses a path that the kernel would cut", () => {
  encodeUnixAddress("/" + "x".repeat(106));
  assert.throws(() => encodeUnixAddress("/" + "x".repeat(107)), /at most 107 bytes, but .* has 108/);
  assert.throws(() => encodeUnixAddress("/" + "é".repeat(54)), /has 109/);
  assert.throws(() => encodeUnixAddress(""), /it is empty/);
});

Deno.test("formatAddress writes addresses as people do", () => {
  assert.equal(formatAddress({ family: "ipv4", host: "1.2.3.4", port: 5 }), "1.2.3.4:5");
  assert.equal(formatAddress({ family: "ipv6", host: "::1", port: 5 }), "[::1]:5");
  assert.equal(formatAddress({ family: "unix", host: "/a", port: 0 }), "/a");
  assert.equal(formatAddress({ family: "unix", host: "", port: 0 }), "a Unix socket");
});
