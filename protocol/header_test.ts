import { deepEqual, equal } from "node:assert/strict";
import { api, apis } from "./apis.ts";
import {
  decodeRequestHeader,
  decodeResponseHeader,
  encodeRequestHeader,
  encodeResponseHeader,
  type RequestHeader,
} from "./header.ts";
import { RequestHeader as RequestTable, ResponseHeader as ResponseTable } from "./messages/headers.ts";
import { Reader, Writer } from "./primitives.ts";
import { fromHex, toHex } from "../tests/support/hex.ts";

function bytesOf(write: (writer: Writer) => void): string {
  const writer = new Writer();
  write(writer);
  return toHex(writer.bytes());
}

Deno.test("encodeRequestHeader and decodeRequestHeader agree with the table when any API and version is sent", () => {
  for (const each of apis.values()) {
    for (let version = each.request.versions.min; version <= each.request.versions.max; version++) {
      for (const clientId of ["rdkafka", "", "käfer", null]) {
        const header: RequestHeader = { apiKey: each.key, apiVersion: version, correlationId: -7, clientId };
        const headerVersion = each.requestHeaderVersion(version);
        const hex = bytesOf((w) => encodeRequestHeader(w, headerVersion, header));
        const row = { requestApiKey: each.key, requestApiVersion: version, correlationId: -7, clientId };
        equal(hex, bytesOf((w) => RequestTable.encode(w, headerVersion, row)));
        const reader = new Reader(fromHex(hex));
        deepEqual(decodeRequestHeader(reader), header);
        equal(reader.failed, false);
        equal(reader.remaining, 0);
      }
    }
  }
});

Deno.test("decodeRequestHeader skips tagged fields when a newer client sends some", () => {
  const reader = new Reader(
    fromHex("00120003" + "00000001" + "000161" + "0205020102" + "0700" + "aa"),
  );
  deepEqual(decodeRequestHeader(reader), { apiKey: 18, apiVersion: 3, correlationId: 1, clientId: "a" });
  equal(reader.remaining, 1);
});

Deno.test("decodeRequestHeader reads the client id when the API or its version is not known", () => {
  const unknownApi = new Reader(fromHex("03e70000" + "00000005" + "000161"));
  deepEqual(decodeRequestHeader(unknownApi), { apiKey: 999, apiVersion: 0, correlationId: 5, clientId: "a" });
  const newer = new Reader(fromHex("00120063" + "00000005" + "000161" + "00"));
  deepEqual(decodeRequestHeader(newer), { apiKey: 18, apiVersion: 99, correlationId: 5, clientId: "a" });
  equal(newer.remaining, 0);
});

Deno.test("responseHeaderVersion is always 0 for ApiVersions when others have tagged fields", () => {
  for (let version = 0; version <= 9; version++) equal(api.ApiVersions.responseHeaderVersion(version), 0);
  equal(api.ApiVersions.requestHeaderVersion(2), 1);
  equal(api.ApiVersions.requestHeaderVersion(3), 2);
  deepEqual([8, 9].map((version) => api.Produce.responseHeaderVersion(version)), [0, 1]);
  deepEqual([11, 12].map((version) => api.Fetch.responseHeaderVersion(version)), [0, 1]);
  equal(api.DescribeCluster.responseHeaderVersion(0), 1);
});

Deno.test("encodeResponseHeader and decodeResponseHeader agree with the table when either version is sent", () => {
  for (const version of [0, 1] as const) {
    const hex = bytesOf((w) => encodeResponseHeader(w, version, 0x01020304));
    equal(hex, bytesOf((w) => ResponseTable.encode(w, version, { correlationId: 0x01020304 })));
    const reader = new Reader(fromHex(hex));
    equal(decodeResponseHeader(reader, version), 0x01020304);
    equal(reader.remaining, 0);
  }
});
