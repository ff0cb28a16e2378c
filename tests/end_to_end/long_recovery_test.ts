/**
 * A broker that was killed with much that was not flushed, and takes long to check it: what its HTTP port says meanwhile,
 * and that clients are served afterwards. That it takes long is the doing of a C library which holds a read.
 * @module
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { readRecords } from "../crash/partition_reader.ts";
import { faultTest, until } from "../faults/faulty_broker.ts";
import { Tenant } from "../faults/tenant.ts";

interface Readiness {
  readonly status: string;
  readonly reason: string;
  readonly progress: number | null;
}

faultTest(
  "while it checks its logs /readyz says how far it is, everything else is refused with a sentence, and then it serves",
  { settings: { "log.flush.interval.ms": "9223372036854775807", "milena.disk.min.free.bytes": "0" } },
  async ({ broker, libc }) => {
    const [partitionCount, paddingBytes, recordsEach] = [3, 500_000, 30] as const;
    using tenant = await Tenant.create(broker, { topic: "long", partitionCount, paddingBytes });
    await tenant.produceAll(recordsEach);
    const url = `http://${broker.http.host}:${broker.http.port}`;
    assert.equal((await fetchJson(`${url}/readyz`)).status, 200);
    await broker.kill9();

    // The middle one of three.
    const held = libc.add({ calls: ["pread"], fault: "hold", path: "/long-1/00000000000000000000.log" });
    const starting = broker.start();
    starting.catch(() => {}); // it is awaited below
    await until("a read that is held", () => held.fired > 0);
    let ready = await untilAnswered(`${url}/readyz`);
    await until("news of the first partition", async () => {
      ready = await untilAnswered(`${url}/readyz`);
      return (ready.body as Readiness).progress !== null;
    });
    const { status, reason, progress } = ready.body as Readiness;
    assert.deepEqual([ready.status, status], [503, "not ready"]);
    assert.ok(progress! > 0.2 && progress! < 0.5, `progress ${progress}`);
    assert.match(reason, /not closed cleanly and is checking its logs: \d+ of \d+ bytes are left\.$/);
    assert.equal((await untilAnswered(`${url}/livez`)).status, 200);
    for (
      const [path, init] of [["/topics", {}], ["/topics/long/records", {
        method: "POST",
        body: "x",
      }]] as const
    ) {
      const refused = await untilAnswered(url + path, init);
      assert.equal(refused.status, 503, JSON.stringify(refused.body));
      assert.match(JSON.stringify(refused.body), /is checking its logs: .* GET \/readyz tells when it is/);
    }

    held.end();
    await starting;
    assert.equal((await fetchJson(`${url}/readyz`)).status, 200);
    await tenant.reconnect();
    await tenant.check();
    using connection = await Connection.connect({ address: broker.kafka, clientId: "long-recovery" });
    for (let partition = 0; partition < partitionCount; partition++) {
      assert.equal((await readRecords(connection, "long", partition)).length, recordsEach);
    }
  },
);

/** HTTP is on another thread than recovery, which may be the faster one: it is asked until it listens. */
async function untilAnswered(url: string, init: RequestInit = {}): ReturnType<typeof fetchJson> {
  let answer: Awaited<ReturnType<typeof fetchJson>> | undefined;
  await until(`an answer from ${url}`, async () => {
    answer = await fetchJson(url, init).catch(() => undefined);
    return answer !== undefined;
  });
  return answer!;
}

async function fetchJson(url: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, init);
  return { status: response.status, body: await response.json() };
}
