/**
 * Makes a partition one that had several leaders, as those are that come from a cluster of Apache Kafka.
 * @module
 */
import type { MemoryDisk } from "./memory_disk.ts";
import { DATA } from "./storage_fixture.ts";

/** The partition, of a broker that is not running, has `epoch` from offset 0 on. */
export function writeLeaderEpoch(disk: MemoryDisk, partition: string, epoch: number): void {
  const text = `0\n1\n${epoch} 0\n`;
  disk.write(`${DATA}/${partition}/leader-epoch-checkpoint`, new TextEncoder().encode(text));
}
