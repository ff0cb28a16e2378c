import { deepEqual, equal } from "node:assert/strict";
import { fileContent } from "./file_kind.ts";

Deno.test("fileContent knows every kind of file, whatever a broker has renamed it to", () => {
  deepEqual(fileContent("00000000000000000042.log"), { kind: "log", baseOffset: 42 });
  deepEqual(fileContent("00000000000000000042.txnindex"), { kind: "txnindex", baseOffset: 42 });
  deepEqual(fileContent("00000000000000000042.timeindex.deleted"), { kind: "timeindex", baseOffset: 42 });
  deepEqual(fileContent("00000000000000000042.log.1234.corrupt"), { kind: "log", baseOffset: 42 });
  deepEqual(fileContent("00000000000000000042.log.1234.1.corrupt"), { kind: "log", baseOffset: 42 });
  deepEqual(fileContent("00000000000000000042.log.swap"), { kind: "log", baseOffset: 42 });
  deepEqual(fileContent("copy.index"), { kind: "index" });
  deepEqual(fileContent("00000000000000000042-0000000003.checkpoint"), { kind: "log" });
  deepEqual(fileContent("cleaner-offset-checkpoint"), { kind: "offset-checkpoint" });
  deepEqual(fileContent("leader-epoch-checkpoint.tmp"), { kind: "epoch-checkpoint" });
  deepEqual(fileContent("milena.topics.jsonl"), { kind: "catalog" });
  equal(fileContent("precious.txt"), undefined);
  equal(fileContent("log"), undefined);
});
