/**
 * How much the machine has to do, and waiting until that is next to nothing.
 * @module
 */
// USER_HZ is 100 on every Linux architecture that Deno runs on.
const TICKS_PER_SECOND = 100;

/** Seconds that the processors have worked since the machine started, for anybody: interrupts and time stolen by other machines too. */
export function busySeconds(): number {
  return parseBusyTicks(Deno.readTextFileSync("/proc/stat")) / TICKS_PER_SECOND;
}

const LOOK_MS = 500;
const MOST_BUSY_SHARE = 0.05;

/** Waits until the processors have next to nothing to do for {@link LOOK_MS}, or `patienceMs` are over. */
export async function quiet(patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const before = busySeconds();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const share = (busySeconds() - before) / (LOOK_MS / 1000 * navigator.hardwareConcurrency);
    if (share <= MOST_BUSY_SHARE) return;
  }
}

/** Adds up the first line of /proc/stat, but for idle and iowait; guests' time is within user and nice. */
export function parseBusyTicks(stat: string): number {
  const [user, nice, system, , , irq, softirq, steal] = /^cpu +(.*)$/m.exec(stat)![1]!.split(" ").map(Number);
  return user! + nice! + system! + irq! + softirq! + steal!;
}
