/**
 * What a running broker holds: memory, file handles, mappings, disk.
 * @module
 */
import { readProcess } from "../../tests/support/process_figures.ts";

/** As stat counts. */
const BLOCK_BYTES = 512;

export interface Footprint {
  readonly residentBytes: number;
  readonly openFiles: number;
  /** Lines of /proc/PID/maps; vm.max_map_count bounds them. */
  readonly mappings: number;
  /** Bytes of disk blocks under the data directory. */
  readonly diskBytes: number;
}

export async function footprintOf(pid: number, directory: string): Promise<Footprint> {
  const { residentBytes, openFiles } = readProcess(pid);
  const maps = await Deno.readTextFile(`/proc/${pid}/maps`);
  return {
    residentBytes,
    openFiles,
    mappings: maps.split("\n").length - 1,
    diskBytes: await diskUsage(directory),
  };
}

/** What `du` says. Files that go while it looks count nothing. */
async function diskUsage(directory: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    const blocks = await Deno.lstat(path).then((info) => info.blocks ?? 0, () => 0);
    bytes += blocks * BLOCK_BYTES;
    if (isDirectory) bytes += await diskUsage(path);
  }
  return bytes;
}
