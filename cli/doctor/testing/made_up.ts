/**
 * Machines and networks that there are not.
 * @module
 */
import type { BrokerPlan, Surroundings } from "../check.ts";
import type { FileFacts, Machine } from "../machine.ts";
import { type BrokerAnswer, type Network, UnknownHostError } from "../network.ts";

/** A machine on which nothing is to be complained of: what it has in files, and what is put over that. */
export function madeUpMachine(
  { files = {}, ...rest }: Partial<Machine> & {
    readonly files?: Readonly<Record<string, string | undefined>>;
  } = {},
): Machine {
  const texts: Readonly<Record<string, string | undefined>> = { ...goodFiles, ...files };
  return {
    os: "linux",
    arch: "x86_64",
    runtimeVersion: "2.6.10",
    processors: 8,
    uid: 1000,
    temporaryDirectory: "/tmp",
    readText: (path) => texts[path],
    list: () => undefined,
    readLink: () => undefined,
    stat: (path) => ["/", "/var/lib/milena"].includes(path) ? directory() : undefined,
    realPath: (path) => path,
    isWritable: () => true,
    statFileSystem: () => ({ totalBytes: 100e9, freeBytes: 50e9, totalInodes: 1e6, freeInodes: 9e5 }),
    run: (program) => Promise.resolve(program === "timedatectl" ? "yes\n" : undefined),
    probeSync: () => [0.5, 0.4, 9],
    probeListen: () => {},
    probeSystemCalls: () => {},
    wallMs: () => Date.UTC(2026, 10, 25),
    monotonicMs: () => 0,
    ...rest,
  };
}

export function directory(facts: Partial<FileFacts> = {}): FileFacts {
  return { isDirectory: true, uid: 1000, mode: 0o755, inode: 1, ...facts };
}

const goodFiles = {
  "/proc/sys/kernel/osrelease": "6.12.0-amd64\n",
  "/proc/meminfo": memInfo({ MemTotal: 16e6, MemAvailable: 8e6, Cached: 4e6 }),
  "/proc/sys/vm/swappiness": "60\n",
  "/proc/sys/vm/max_map_count": "65530\n",
  "/proc/sys/vm/dirty_ratio": "20\n",
  "/proc/sys/vm/dirty_background_ratio": "10\n",
  "/proc/sys/vm/dirty_bytes": "0\n",
  "/proc/sys/vm/dirty_background_bytes": "0\n",
  "/proc/self/limits": fileLimits("1024", "1048576"),
  "/proc/self/mountinfo": "25 1 259:2 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n",
  "/proc/self/cgroup": "0::/system.slice/milena.service\n",
  "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
  "/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
};

/** In kB. */
export function memInfo(kilobytes: Readonly<Record<string, number>>): string {
  return Object.entries(kilobytes).map(([name, count]) => `${name}:  ${count} kB\n`).join("");
}

export function fileLimits(soft: string, hard: string): string {
  return `Limit                     Soft Limit           Hard Limit           Units\n` +
    `Max open files            ${soft}                 ${hard}              files\n`;
}

export const goodPlan: BrokerPlan = {
  dataDirectory: "/var/lib/milena",
  listeners: [{ host: "127.0.0.1", port: 9092 }],
  http: { host: "127.0.0.1", port: 8080 },
  maxPartitions: 20_000,
  maxOpenSegments: 20_000,
  minFreeBytes: 64 * 1024 * 1024,
};

/** Brokers by "host:port": what each answers; an Error: what connecting comes to. Hosts that no address has are not known. */
export function madeUpNetwork(brokers: Readonly<Record<string, BrokerAnswer | Error>>): Network {
  const at = (host: string, port: number) => brokers[`${host}:${port}`];
  const hosts = new Set(Object.keys(brokers).map((address) => address.slice(0, address.lastIndexOf(":"))));
  return {
    connect: (host, port) => {
      const there = at(host, port);
      if (!hosts.has(host)) return Promise.reject(new UnknownHostError(host));
      if (there === undefined) return Promise.reject(new Deno.errors.ConnectionRefused("Connection refused"));
      return there instanceof Error && there.name !== "ConnectionError"
        ? Promise.reject(there)
        : Promise.resolve("10.0.0.1");
    },
    ask: (host, port) => {
      const there = at(host, port)!;
      return there instanceof Error ? Promise.reject(there) : Promise.resolve(there);
    },
  };
}

export function surroundingsOf(rest: Partial<Surroundings> = {}): Surroundings {
  return {
    machine: madeUpMachine(),
    plan: goodPlan,
    network: madeUpNetwork({}),
    client: undefined,
    beganAt: { wallMs: Date.UTC(2026, 10, 25), monotonicMs: 0 },
    ...rest,
  };
}
