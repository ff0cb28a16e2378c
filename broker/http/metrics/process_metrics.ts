/**
 * What the kernel tells of this process (proc(5)); what it does not tell is left out.
 * @module
 */
import { SOFTWARE_VERSION } from "../../../client/connection.ts";
import type { Exposition } from "./exposition.ts";
import type { MetricsSource } from "./metrics_source.ts";

/** USER_HZ of Linux, the unit of times in /proc. */
const TICKS_PER_SECOND = 100;
const startSeconds = (Date.now() - performance.now()) / 1000;

export class ProcessMetrics implements MetricsSource {
  write(exposition: Exposition): void {
    const { deno, v8 } = Deno.version;
    exposition.sample("milena_build_info", 1, [SOFTWARE_VERSION, deno, v8]);
    const { rss, heapUsed } = Deno.memoryUsage();
    exposition.sample("process_resident_memory_bytes", rss);
    exposition.sample("milena_heap_bytes", heapUsed);
    exposition.sample("process_start_time_seconds", startSeconds);
    attempt(() => exposition.sample("process_cpu_seconds_total", cpuSeconds()));
    attempt(() => exposition.sample("process_open_fds", [...Deno.readDirSync("/proc/self/fd")].length));
    attempt(() => exposition.sample("process_max_fds", maxDescriptors()));
  }
}

/** utime and stime, the 14th and 15th field; the second, in parentheses, may have blanks in it. */
function cpuSeconds(): number {
  const text = Deno.readTextFileSync("/proc/self/stat");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function maxDescriptors(): number {
  const found = /^Max open files\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits"));
  if (found === null) throw new Error("no such limit");
  return Number(found[1]);
}

function attempt(tell: () => void): void {
  try {
    tell();
  } catch {
    // Not this kind of system, or not allowed: then nobody is told.
  }
}
