/**
 * `deno task bench:groups`: heap that groups of the classic protocol take, and what their requests cost the state machine.
 *
 *     deno task bench:groups [--members 10000]
 * @module
 */
import { parseArgs } from "node:util";
import { wholeNumber } from "../peers/whole_number.ts";
import { type DrivenGroups, heartbeatRound, rebalance, stableGroups } from "./driven_groups.ts";

interface Shape {
  readonly groups: number;
  readonly members: number;
}

const collect = (globalThis as { gc?: () => void }).gc;

function heapBytes(): number {
  // What the first finds dead may keep more alive until the second.
  for (let round = 0; round < 3; round++) collect?.();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

function seconds(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}

function perSecond(count: number, seconds: number): string {
  return `${Math.round(count / seconds).toLocaleString("en")}/s`;
}

function measure(shape: Shape): void {
  const count = shape.groups * shape.members;
  // Compiled before it is measured.
  for (let round = 0; round < 3; round++) rebalance(stableGroups({ groups: 20, members: 20 }));
  const before = heapBytes();
  let driven!: DrivenGroups;
  const joinSeconds = seconds(() => driven = stableGroups(shape));
  const bytes = heapBytes() - before;
  const rebalanceSeconds = seconds(() => rebalance(driven));
  const rounds = Math.max(Math.round(1_000_000 / count), 1);
  const heartbeatSeconds = seconds(() => {
    for (let round = 0; round < rounds; round++) {
      if (heartbeatRound(driven) !== count) throw new Error("a heartbeat is refused");
    }
  });
  console.log(
    `${shape.groups} groups of ${shape.members}: ${
      Math.round(bytes / count)
    } bytes of heap for each member ` +
      `(that of the benchmark's own included), ${
        perSecond(2 * count, joinSeconds)
      } joins and as many syncs at first, ` +
      `${perSecond(count, rebalanceSeconds)} members through a rebalance, ` +
      `${perSecond(rounds * count, heartbeatSeconds)} heartbeats`,
  );
}

function main(args: string[]): number {
  const { values } = parseArgs({ args, options: { members: { type: "string", default: "10000" } } });
  const members = wholeNumber("members", values.members, 1_000_000);
  if (collect === undefined) {
    console.error("run it with --v8-flags=--expose-gc, as the task does: otherwise garbage counts as heap");
    return 2;
  }
  measure({ groups: members, members: 1 });
  measure({ groups: 1, members });
  measure({ groups: Math.ceil(members / 200), members: 200 });
  return 0;
}

Deno.exit(main(Deno.args));
