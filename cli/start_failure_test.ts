import { equal } from "node:assert/strict";
import { startFailure } from "./start_failure.ts";

function failure(code: string, path?: string): Error {
  return Object.assign(new Error(`call: text (${code})`), { code, path });
}

function sentence(error: unknown, doing = "listen on 127.0.0.1:9092"): string {
  return startFailure(error, doing, { dataDirectory: "/data" });
}

Deno.test("startFailure says what to do about a port that is taken", () => {
  equal(
    sentence(failure("EADDRINUSE")),
    "can't listen on 127.0.0.1:9092: another program has that port; stop it, or choose another port (0: any free one)",
  );
});

Deno.test("startFailure tells a port that is not allowed from a directory that is not", () => {
  equal(
    sentence(failure("EACCES")),
    "can't listen on 127.0.0.1:9092: ports below 1024 are for privileged users; choose another",
  );
  equal(
    sentence(failure("EACCES", "/data/x"), "open the data directory"),
    "can't open the data directory: /data/x may not be written by this user; change its owner or choose another --data-dir",
  );
});

Deno.test("startFailure names the disk that is full", () => {
  equal(
    sentence(failure("ENOSPC"), "open the data directory"),
    "can't open the data directory: the disk of /data is full",
  );
});

Deno.test("startFailure keeps the system's own words where it has none better", () => {
  equal(sentence(failure("EIO")), "can't listen on 127.0.0.1:9092: call: text (EIO)");
});

Deno.test("startFailure leaves sentences that were written for people alone", () => {
  equal(sentence(new Error("/data belongs to another cluster")), "/data belongs to another cluster");
});
