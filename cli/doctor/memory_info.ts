/**
 * The lines of /proc/meminfo that checks need.
 * @module
 */
import type { Machine } from "./machine.ts";

export interface MemoryInfo {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly cachedBytes: number;
  readonly swapBytes: number;
  readonly swapUsedBytes: number;
}

export function memoryInfo(machine: Machine): MemoryInfo | undefined {
  const text = machine.readText("/proc/meminfo");
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text ?? "")?.[1] ?? 0) * 1024;
  const totalBytes = bytes("MemTotal");
  if (totalBytes === 0) return undefined;
  return {
    totalBytes,
    availableBytes: bytes("MemAvailable"),
    cachedBytes: bytes("Cached"),
    swapBytes: bytes("SwapTotal"),
    swapUsedBytes: bytes("SwapTotal") - bytes("SwapFree"),
  };
}
