/**
 * Which process listens on a port.
 * @module
 */
import type { Machine } from "./machine.ts";

export interface Holder {
  readonly pid: number;
  /** As the kernel calls it: "java". */
  readonly name: string;
}

const LISTENING = "0A";

/** undefined: nobody does, or we may not know. */
export function portHolder(machine: Machine, port: number): Holder | undefined {
  const inodes = new Set(
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) =>
      listeningInodes(machine.readText(path) ?? "", port)
    ),
  );
  if (inodes.size === 0) return undefined;
  const sockets = new Set(Array.from(inodes, (inode) => `socket:[${inode}]`));
  for (const entry of machine.list("/proc") ?? []) {
    if (!/^\d+$/.test(entry)) continue;
    for (const descriptor of machine.list(`/proc/${entry}/fd`) ?? []) {
      if (sockets.has(machine.readLink(`/proc/${entry}/fd/${descriptor}`) ?? "")) {
        return { pid: Number(entry), name: processName(machine, Number(entry)) };
      }
    }
  }
  return undefined;
}

export function processName(machine: Machine, pid: number): string {
  return machine.readText(`/proc/${pid}/comm`)?.trim() || "?";
}

/** Lines are like "0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4325109 …". */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return local?.endsWith(`:${wanted}`) && state === LISTENING && inode !== undefined ? [inode] : [];
  });
}
