/**
 * What Linux knows about a running process: memory, processor time, bytes read by system calls.
 * @module
 */
export interface ProcessFigures {
  /** Resident set, bytes (VmRSS). */
  readonly residentBytes: number;
  /** Processor time in user mode of all its threads, seconds. */
  readonly userSeconds: number;
  /** Processor time in the kernel of all its threads, seconds. */
  readonly systemSeconds: number;
  /** Bytes that read, pread and sendfile have asked for and got, from disk or not (rchar). */
  readonly readBytes: number;
  readonly openFiles: number;
}

// USER_HZ is 100 on every Linux architecture that Deno runs on.
const ticksPerSecond = 100;

/** Reads /proc of `pid`. */
export function readProcess(pid: number): ProcessFigures {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const input = Deno.readTextFileSync(`/proc/${pid}/io`);
  // The second field, the program's name, may hold spaces and parentheses: count from behind the last one.
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    residentBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024,
    userSeconds: Number(fields[11]) / ticksPerSecond,
    systemSeconds: Number(fields[12]) / ticksPerSecond,
    readBytes: Number(/^rchar: (\d+)/m.exec(input)?.[1]),
    openFiles: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
  };
}
