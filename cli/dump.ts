/**
 * `milena dump`: what is in the files of a data directory.
 * @module
 */
import { openNativeDisk } from "../ffi/native_disk.ts";
import { loadNativeCrc32c } from "../protocol/crc32c.ts";
import type { Disk, DiskFile } from "../storage/disk.ts";
import { type FileContent, fileContent } from "../storage/file_kind.ts";
import { join, parseSegmentFile } from "../storage/file_names.ts";
import { errorText } from "../storage/log_error.ts";
import { CommandFailure, ExitCode, type FlagValues, type Invocation } from "./command.ts";
import { dumpIndex, dumpSnapshot } from "./dump_entries.ts";
import { dumpLog } from "./dump_log.ts";
import { DumpOutput } from "./dump_output.ts";
import { dumpText } from "./dump_text.ts";
import { LineOutput } from "./line_output.ts";
import { Progress } from "./progress.ts";

/** Of files that are read whole. */
const MAX_WHOLE_BYTES = 256 * 1024 * 1024;

interface DumpFile {
  readonly path: string;
  readonly content: FileContent;
}

interface DumpOptions {
  readonly withRecords: boolean;
  readonly fromOffset: number;
  readonly onProgress: (bytes: number) => void;
}

export async function dump({ operands, flags, terminal }: Invocation): Promise<number> {
  if (operands.length === 0) throw new CommandFailure("dump wants a file", ExitCode.USAGE);
  const fromOffset = numberOf(flags, "from") ?? -Infinity;
  const limit = numberOf(flags, "limit") ?? Infinity;
  const disk = openNativeDisk();
  const files = operands.flatMap((path) => filesOf(disk, path));
  await loadNativeCrc32c();
  using lines = new LineOutput(terminal);
  const output = new DumpOutput(lines, { isJson: flags.isOn("json"), limit });
  // On one screen the two would write over each other.
  using progress = new Progress(terminal.outputIsTerminal ? {} : terminal);
  const totalBytes = files.reduce((sum, { path }) => sum + sizeOf(disk, path), 0);
  let doneBytes = 0;
  const options: DumpOptions = {
    withRecords: flags.isOn("records"),
    fromOffset,
    onProgress: (bytes) => progress.update(doneBytes += bytes, totalBytes),
  };
  for (const { path, content } of files) {
    if (output.isFull) break;
    using file = disk.open(path, { readOnly: true });
    output.beginFile(path);
    dumpFile(file, content, output, options);
  }
  return output.hasFoundBad ? ExitCode.FAILURE : ExitCode.OK;
}

function dumpFile(
  file: DiskFile,
  { kind, baseOffset }: FileContent,
  output: DumpOutput,
  { withRecords, fromOffset, onProgress }: DumpOptions,
): void {
  switch (kind) {
    case "log":
      return dumpLog(file, output, { baseOffset, withRecords, fromOffset, onProgress });
    case "index":
    case "timeindex":
    case "txnindex":
      dumpIndex(file, output, { kind, baseOffset: baseOffset ?? 0, fromOffset });
      return onProgress(file.size());
    case "snapshot":
      return dumpSnapshot(readWhole(file), output);
    default:
      return dumpText(readWhole(file), kind, output);
  }
}

function readWhole(file: DiskFile): Uint8Array {
  const size = file.size();
  if (size > MAX_WHOLE_BYTES) {
    throw new CommandFailure(`${file.path} has ${size} bytes; such a file has at most ${MAX_WHOLE_BYTES}`);
  }
  const bytes = new Uint8Array(size);
  return bytes.subarray(0, file.readAt(bytes, 0));
}

/** A directory stands for the segments of its partition. */
function filesOf(disk: Disk, path: string): DumpFile[] {
  let isDirectory: boolean;
  try {
    ({ isDirectory } = Deno.statSync(path));
  } catch (error) {
    const what = error instanceof Deno.errors.NotFound ? "there is no such file" : errorText(error);
    throw new CommandFailure(`${path}: ${what}`, ExitCode.USAGE);
  }
  if (isDirectory) {
    const logs = disk.list(path).filter(({ name }) => parseSegmentFile(name)?.kind === "log");
    if (logs.length > 0) {
      return logs.map(({ name }) => ({ path: join(path, name), content: fileContent(name)! }));
    }
    throw new CommandFailure(
      `${path}: there is no segment in this directory; name a partition's, such as ${join(path, "TOPIC-0")}`,
      ExitCode.USAGE,
    );
  }
  const content = fileContent(path.slice(path.lastIndexOf("/") + 1));
  if (content !== undefined) return [{ path, content }];
  throw new CommandFailure(
    `${path}: its name tells no kind of file that dump knows; rename a copy, such as to 00000000000000000000.log`,
    ExitCode.USAGE,
  );
}

function sizeOf(disk: Disk, path: string): number {
  using file = disk.open(path, { readOnly: true });
  return file.size();
}

function numberOf(flags: FlagValues, name: string): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CommandFailure(`--${name} is "${text}", but must be a number`, ExitCode.USAGE);
}
