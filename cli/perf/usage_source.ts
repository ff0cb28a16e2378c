/**
 * Where a broker's processor time and memory can be read: /proc of a process here, or metrics over HTTP with the names that
 * all of Prometheus' libraries give them (Milena's own, and those of Apache Kafka's exporter).
 * @module
 */
export interface Usage {
  /** Of all threads since the process began. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export interface UsageSource {
  /** "process 1234", or an address. */
  readonly name: string;
  /** Throws an Error with a sentence. */
  read(): Promise<Usage>;
}

// USER_HZ is 100 on every Linux architecture that Deno runs on.
const TICKS_PER_SECOND = 100;
const READ_WITHIN_MS = 2000;
/** Of an answer that has no end. */
const MAX_METRICS_BYTES = 64 * 1024 * 1024;

export function processSource(pid: number): UsageSource {
  return {
    name: `process ${pid}`,
    async read() {
      try {
        return parseProcess(
          await Deno.readTextFile(`/proc/${pid}/stat`),
          await Deno.readTextFile(`/proc/${pid}/status`),
        );
      } catch (error) {
        throw new Error(`the figures of process ${pid} can't be read: ${(error as Error).message}`);
      }
    },
  };
}

export function metricsSource(url: string): UsageSource {
  return {
    name: url,
    async read() {
      const response = await fetch(url, { signal: AbortSignal.timeout(READ_WITHIN_MS) });
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`GET ${url}: status ${response.status}, wanted 200`);
      }
      const usage = parseMetrics(await textOf(response));
      if (usage === undefined) {
        throw new Error(
          `${url} has no process_cpu_seconds_total with process_resident_memory_bytes, which are what is wanted`,
        );
      }
      return usage;
    },
  };
}

/** The second field of /proc/PID/stat, the program's name, may hold spaces and parentheses: count from behind the last one. */
export function parseProcess(stat: string, status: string): Usage {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024,
  };
}

/** undefined: the page has not both of them. */
export function parseMetrics(page: string): Usage | undefined {
  const cpuSeconds = /^process_cpu_seconds_total(?:\{[^}]*\})? (\S+)/m.exec(page)?.[1];
  const residentBytes = /^process_resident_memory_bytes(?:\{[^}]*\})? (\S+)/m.exec(page)?.[1];
  if (cpuSeconds === undefined || residentBytes === undefined) return undefined;
  return { cpuSeconds: Number(cpuSeconds), residentBytes: Number(residentBytes) };
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_METRICS_BYTES) {
      throw new Error(`${response.url} is longer than ${MAX_METRICS_BYTES} bytes`);
    }
  }
  return text;
}
