/**
 * `milena verify`: whether all is well in a data directory.
 * @module
 */
import { openNativeDisk } from "../ffi/native_disk.ts";
import { loadNativeCrc32c } from "../protocol/crc32c.ts";
import {
  type CheckSummary,
  type Finding,
  type FindingKind,
  inspectDataDirectory,
  isDataDirectory,
} from "../storage/check.ts";
import type { Disk } from "../storage/disk.ts";
import { CommandFailure, ExitCode, type Invocation } from "./command.ts";
import { jsonLine } from "./json_line.ts";
import { LineOutput } from "./line_output.ts";
import { lockHolder } from "./lock_holder.ts";
import { Progress } from "./progress.ts";
import { showBytes, showMany, showSeconds } from "./units.ts";

/** More findings than these nobody reads: `--json` has them all. */
const MAX_SHOWN: Readonly<Record<FindingKind, number>> = { problem: 500, note: 20 };

/** With fewer, the start of the program is what takes its time. */
const MIN_BYTES_FOR_SPEED = 1_000_000;

export async function verify({ operands, flags, terminal }: Invocation): Promise<number> {
  const [directory, ...more] = operands;
  if (directory === undefined || more.length > 0) {
    throw new CommandFailure("verify wants one data directory", ExitCode.USAGE);
  }
  const disk = openNativeDisk();
  requireDataDirectory(disk, directory);
  await loadNativeCrc32c();
  const holder = lockHolder(directory);
  if (holder !== undefined) {
    terminal.report(
      `milena: ${directory} is in use by process ${holder}: what is said of the ends of its logs may be of writes under way`,
    );
  }
  using output = new LineOutput(terminal);
  const isJson = flags.isOn("json");
  const report = isJson ? new JsonReport(output) : new TextReport(output);
  using progress = new Progress(isJson && terminal.outputIsTerminal ? {} : terminal);
  const summary = inspectDataDirectory(disk, directory, {
    onFinding: (kind, finding) => report.add(kind, finding),
    onProgress: (doneBytes, totalBytes) => progress.update(doneBytes, totalBytes),
  });
  progress.clear();
  report.finish(directory, summary, progress.elapsedSeconds);
  return summary.problemCount === 0 ? ExitCode.OK : ExitCode.FAILURE;
}

function requireDataDirectory(disk: Disk, directory: string): void {
  let problem: string | undefined;
  try {
    if (!Deno.statSync(directory).isDirectory) problem = "it is no directory";
    else if (!isDataDirectory(disk, directory)) {
      problem =
        "it is no data directory of Milena's or Kafka's: it has neither meta.properties nor a partition";
    }
  } catch (error) {
    problem = error instanceof Deno.errors.NotFound
      ? "there is no such directory"
      : error instanceof Error
      ? error.message
      : String(error);
  }
  if (problem !== undefined) throw new CommandFailure(`${directory}: ${problem}`, ExitCode.USAGE);
}

interface Report {
  add(kind: FindingKind, finding: Finding): void;
  finish(directory: string, summary: CheckSummary, seconds: number): void;
}

/** An object a line, each finding as it comes. */
class JsonReport implements Report {
  readonly #output: LineOutput;

  constructor(output: LineOutput) {
    this.#output = output;
  }

  add(kind: FindingKind, { path, position, offset, message }: Finding): void {
    this.#output.line(jsonLine({ type: kind, path, position, offset, message }));
    this.#output.flush();
  }

  finish(directory: string, summary: CheckSummary, seconds: number): void {
    const { partitionCount, segmentCount, batchCount, recordCount, logBytes } = summary;
    this.#output.line(jsonLine({
      type: "summary",
      directory,
      problems: summary.problemCount,
      notes: summary.noteCount,
      closedCleanly: summary.wasClosedCleanly,
      partitions: partitionCount,
      segments: segmentCount,
      batches: batchCount,
      records: recordCount,
      bytes: logBytes,
      seconds: Number(seconds.toFixed(3)),
    }));
  }
}

/** By file, when all is known, what is wrong after what is not, and a paragraph. */
class TextReport implements Report {
  readonly #output: LineOutput;
  /** Notes of whole files, by message: after a compaction there are a hundred that say the same. */
  readonly #alike = new Map<string, { readonly path: string; others: number }>();
  readonly #found = new Map<string, { readonly kind: FindingKind; readonly finding: Finding }[]>();
  readonly #shown: Record<FindingKind, number> = { problem: 0, note: 0 };
  readonly #untold: Record<FindingKind, number> = { problem: 0, note: 0 };

  constructor(output: LineOutput) {
    this.#output = output;
  }

  add(kind: FindingKind, finding: Finding): void {
    const { path, position, offset, message } = finding;
    const isOfFile = kind === "note" && position === undefined && offset === undefined;
    const alike = isOfFile ? this.#alike.get(message) : undefined;
    if (alike) {
      alike.others++;
      return;
    }
    if (this.#shown[kind] === MAX_SHOWN[kind]) {
      this.#untold[kind]++;
      return;
    }
    this.#shown[kind]++;
    if (isOfFile) {
      this.#alike.set(message, { path, others: 0 });
      return;
    }
    const findings = this.#found.get(path);
    if (findings) findings.push({ kind, finding });
    else this.#found.set(path, [{ kind, finding }]);
  }

  finish(directory: string, summary: CheckSummary, seconds: number): void {
    for (const [message, { path, others }] of this.#alike) {
      this.#output.line(others === 0 ? path : `${path} and ${showMany(others, "other file")}`);
      this.#output.line(`  note: ${message}`);
    }
    for (const worst of ["note", "problem"] as const) {
      for (const [path, findings] of this.#found) {
        if (worst === (findings.some(({ kind }) => kind === "problem") ? "problem" : "note")) {
          this.#output.line(path);
          for (const { kind, finding } of findings) this.#output.line(`  ${kind}: ${describe(finding)}`);
        }
      }
      const count = this.#untold[worst];
      if (count > 0) this.#output.line(`and ${showMany(count, `more ${worst}`)}, which --json shows`);
    }
    if (summary.problemCount + summary.noteCount > 0) this.#output.line("");
    this.#output.line(this.#paragraph(directory, summary, seconds));
  }

  #paragraph(directory: string, summary: CheckSummary, seconds: number): string {
    const { partitionCount, segmentCount, batchCount, recordCount, logBytes } = summary;
    const { problemCount, noteCount, wasClosedCleanly } = summary;
    const verdict = problemCount === 0
      ? `${directory}: all is well${noteCount === 0 ? "" : ` (${showMany(noteCount, "note")})`}.`
      : `${directory}: ${showMany(problemCount, "problem")}${
        noteCount === 0 ? "" : `, ${showMany(noteCount, "note")}`
      }.`;
    const counts = [
      showMany(partitionCount, "partition"),
      showMany(segmentCount, "segment"),
      showMany(batchCount, "batch", "batches"),
      showMany(recordCount, "record"),
    ].join(", ");
    const speed = logBytes < MIN_BYTES_FOR_SPEED ? "" : `, ${(logBytes / seconds / 1e6).toFixed(0)} MB/s`;
    const state = wasClosedCleanly
      ? "It was closed cleanly."
      : "It was not closed cleanly (a crash, a copy of a running broker's, or one that runs): torn ends are no problem.";
    return `${verdict} ${counts} and ${showBytes(logBytes)} of log checked in ${
      showSeconds(seconds)
    }${speed}. ${state}`;
  }
}

function describe({ position, offset, message }: Finding): string {
  const place = [
    position === undefined ? "" : `at ${position}`,
    offset === undefined ? "" : `offset ${offset}`,
  ].filter((part) => part !== "").join(", ");
  return place === "" ? message : `${place}: ${message}`;
}
