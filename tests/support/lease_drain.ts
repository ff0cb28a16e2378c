/**
 * Many pollers drain a topic by leases through gateways in this process, crash, and lose gateways and the broker under them.
 *
 * What must be true: every record is handed out at least once; none is committed that was not handed out before; what one
 * gateway commits of a partition comes in order; and in the end the group has no lag, as Kafka counts it.
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { fetchCommitted } from "../../client/consumer/committed_offsets.ts";
import { type Bootstrap, GatewayApp } from "./gateway_app.ts";
import type { SeededRandom } from "./random.ts";

const TOPIC = "drained";
const GROUP = "drainers";
const PARTITIONS = 5;
const RECORDS = 400;

/** What pollers saw and did, by partition. */
export class Ledger {
  /** How often each offset was handed out. */
  readonly handedOut = Array.from({ length: PARTITIONS }, () => new Map<number, number>());
  /** Offsets whose commits were acknowledged, in that order. */
  readonly committed = Array.from({ length: PARTITIONS }, () => [] as number[]);
  conflicts = 0;
}

interface Run {
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  readonly isCrashing: boolean;
  /** Any of the gateways there are at the moment. */
  readonly gateway: () => GatewayApp;
  isOver: boolean;
}

async function post(app: GatewayApp, path: string, body: unknown) {
  const response = await app.request(`/groups/${GROUP}/topics/${TOPIC}/${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) };
}

/** Polls, works and commits until told that it is over. */
async function poller(run: Run): Promise<void> {
  const { random, ledger } = run;
  while (!run.isOver) {
    const { status, text, body } = await post(run.gateway(), "poll", {
      max_records: 1 + random.below(20),
      lease_ms: run.isCrashing ? 300 : 60_000,
      wait_ms: 200,
    });
    if (status === 503 && run.isCrashing) {
      await pause(20);
      continue;
    }
    equal(status, 200, text);
    if (body.lease === null) continue;
    for (const { offset } of body.records) {
      const seen = ledger.handedOut[body.partition]!;
      seen.set(offset, (seen.get(offset) ?? 0) + 1);
    }
    if (run.isCrashing && random.below(8) === 0) continue;
    await pause(random.below(5));
    const part = run.isCrashing && random.below(4) === 0
      ? { offset: random.pick(body.records as { offset: number }[]).offset }
      : {};
    await commit(run, body.partition, { lease: body.lease, ...part });
  }
}

/** As a client does: again while the answer is that it is not known. */
async function commit(run: Run, partition: number, body: unknown): Promise<void> {
  for (;;) {
    const answer = await post(run.gateway(), "commit", body);
    if (answer.status === 503 && run.isCrashing) {
      await pause(20);
      continue;
    }
    if (answer.status === 409 && run.isCrashing) return void run.ledger.conflicts++;
    equal(answer.status, 200, answer.text);
    const offset = answer.body.committed_offset;
    const seen = run.ledger.handedOut[partition]!;
    for (let before = 0; before < offset; before++) {
      ok(seen.has(before), `${partition}: ${before} was committed, with ${offset}, and never handed out`);
    }
    run.ledger.committed[partition]!.push(offset);
    return;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function write(app: GatewayApp, random: SeededRandom): Promise<void> {
  for (let written = 0; written < RECORDS;) {
    const count = Math.min(RECORDS - written, 1 + random.below(30));
    const records = Array.from(
      { length: count },
      (_, i) => ({ value: written + i, partition: random.below(PARTITIONS) }),
    );
    await app.ask("POST", `/topics/${TOPIC}`, { records });
    written += count;
  }
}

/** The group's offset and the end of each partition. */
async function progress(app: GatewayApp): Promise<{ committed: number[]; ends: number[] }> {
  const { cluster } = app.gateway;
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }));
  const committed = await fetchCommitted(cluster, GROUP, partitions);
  const ends = await cluster.listOffsets(
    new Map([[TOPIC, new Map(partitions.map(({ partition }) => [partition, -1]))]]),
  );
  return {
    committed: partitions.map((one) => committed.get(one)?.offset ?? 0),
    ends: partitions.map(({ partition }) => ends.get(TOPIC)!.get(partition)!.offset),
  };
}

export interface DrainOptions {
  readonly bootstrap: Bootstrap;
  readonly random: SeededRandom;
  /** What the run is called in failures; tells the seed. */
  readonly where: string;
  /** Pollers and gateways come to nothing now and then. */
  readonly isCrashing: boolean;
  /** In the middle of it. */
  readonly disturb?: () => Promise<void>;
}

export async function drain(options: DrainOptions): Promise<Ledger> {
  const { bootstrap, random, where, isCrashing, disturb } = options;
  const gateways = [new GatewayApp(bootstrap), new GatewayApp(bootstrap)];
  const count = isCrashing ? 2 : 1;
  const run: Run = {
    random,
    ledger: new Ledger(),
    isCrashing,
    gateway: () => gateways[random.below(count)]!,
    isOver: false,
  };
  try {
    await gateways[0]!.ask("PUT", `/topics/${TOPIC}`, { partitions: PARTITIONS }, 201);
    const pollers = Array.from({ length: 8 }, () => poller(run));
    const stop = Promise.all(pollers);
    await Promise.race([write(gateways[0]!, random), stop]);
    for (let round = 0; isCrashing && round < 4; round++) {
      await pause(50 + random.below(200));
      const lost = gateways[random.below(2)]!;
      gateways[gateways.indexOf(lost)] = new GatewayApp(bootstrap);
      lost[Symbol.dispose]();
      if (round === 1) await disturb?.();
    }
    const deadline = performance.now() + 30_000;
    for (;;) {
      const { committed, ends } = await progress(gateways[0]!);
      if (committed.every((offset, partition) => offset === ends[partition])) break;
      ok(performance.now() < deadline, `${where}: lag is left: committed ${committed}, ends ${ends}`);
      await Promise.race([pause(50), stop]);
    }
    run.isOver = true;
    await stop;
    const { ends } = await progress(gateways[0]!);
    equal(ends.reduce((sum, end) => sum + end), RECORDS, where);
    check(run.ledger, ends, { where, isOneGateway: !isCrashing });
    return run.ledger;
  } finally {
    run.isOver = true;
    for (const gateway of gateways) gateway[Symbol.dispose]();
  }
}

function check(
  { handedOut, committed }: Ledger,
  ends: readonly number[],
  { where, isOneGateway }: { readonly where: string; readonly isOneGateway: boolean },
): void {
  ends.forEach((end, partition) => {
    const at = `${where}, partition ${partition}`;
    const offsets = [...handedOut[partition]!.keys()].sort((a, b) => a - b);
    deepEqual(offsets, Array.from({ length: end }, (_, offset) => offset), `${at}: all were handed out`);
    const inOrder = [...committed[partition]!].sort((a, b) => a - b);
    // Two gateways that read at the same moment may set the group back; one never does.
    if (isOneGateway) deepEqual(committed[partition], inOrder, `${at}: commits come in order`);
  });
}
