import { deepEqual, equal, match } from "node:assert/strict";
import { httpPort, kafkaPort } from "./port_checks.ts";
import { listeningInodes } from "./port_holder.ts";
import { findingOf, findingOn } from "./testing/finding_of.ts";
import { directory, goodPlan, surroundingsOf } from "./testing/made_up.ts";

const table =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
  "   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n" +
  "   1: 0100007F:2384 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 0 10 -1\n" +
  "   2: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0\n";

const inUse = () => {
  throw Object.assign(new Error("Address already in use (os error 98)"), { code: "EADDRINUSE" });
};

const taken = {
  files: { "/proc/net/tcp": table, "/proc/77/comm": "java\n" },
  probeListen: inUse,
  list: (path: string) => path === "/proc" ? ["1", "77", "self"] : path === "/proc/77/fd" ? ["0", "8"] : [],
  readLink: (path: string) => path === "/proc/77/fd/8" ? "socket:[4711]" : undefined,
};

Deno.test("listeningInodes are those of sockets that listen on the port, and of no connection", () => {
  deepEqual(listeningInodes(table, 9092), ["4711"]);
  deepEqual(listeningInodes(table, 8080), ["4713"]);
  deepEqual(listeningInodes(table, 80), []);
});

Deno.test("kafkaPort is free, or it says who has it", async () => {
  equal(await findingOf(kafkaPort), "ok: 127.0.0.1:9092 is free");
  match(
    await findingOn(kafkaPort, taken),
    /^fail: .*127\.0\.0\.1:9092 for Kafka: another program has that port: java \(pid 77\) → stop it/,
  );
  match(
    await findingOn(kafkaPort, { probeListen: inUse }),
    /^fail: .*another program has that port → stop it/,
  );
});

Deno.test("kafkaPort is well where the broker itself has it", async () => {
  const files = { ...taken.files, "/proc/locks": "1: FLOCK  ADVISORY  WRITE 77 08:02:5 0 EOF\n" };
  equal(
    await findingOn(kafkaPort, { ...taken, files, stat: () => directory({ inode: 5 }) }),
    "ok: 127.0.0.1:9092 is served by the broker that has the data directory (pid 77)",
  );
});

Deno.test("kafkaPort is nobody's fault where the broker runs and its sockets can't be seen", async () => {
  const files = { ...taken.files, "/proc/locks": "1: FLOCK  ADVISORY  WRITE 77 08:02:5 0 EOF\n" };
  const parts = { ...taken, files, stat: () => directory({ inode: 5 }), list: () => undefined };
  match(
    await findingOn(kafkaPort, parts),
    /^skip: 127\.0\.0\.1:9092 is taken; by whom only root can tell.*pid 77/,
  );
});

Deno.test("kafkaPort looks at every listener, and says why one can't be had", async () => {
  const plan = { ...goodPlan, listeners: [{ host: "::1", port: 0 }, { host: "10.9.9.9", port: 80 }] };
  const probeListen = ({ port }: { port: number }) => {
    if (port === 80) throw Object.assign(new Error("denied"), { code: "EACCES" });
  };
  match(
    await findingOn(kafkaPort, { probeListen }, { plan }),
    /^ok: \[::1\]:0: any free one\nfail: .*10\.9\.9\.9:80.*privileged users → choose another/,
  );
});

Deno.test("httpPort may be switched off", async () => {
  equal(await findingOf(httpPort), "ok: 127.0.0.1:8080 is free");
  equal(
    await findingOf(httpPort, surroundingsOf({ plan: { ...goodPlan, http: undefined } })),
    "ok: HTTP is switched off",
  );
});
