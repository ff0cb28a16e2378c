/**
 * How records are shown, and the names by which `--format` knows it.
 * @module
 */
import type { ByteWriter } from "../../broker/http/byte_writer.ts";
import { didYouMean } from "../../protocol/nearest_name.ts";
import type { LogRecord } from "../../protocol/records.ts";
import { CommandFailure, ExitCode } from "../command.ts";
import { parseTemplate } from "./template.ts";
import { TemplateFormat } from "./template_format.ts";

export interface ShownRecord extends LogRecord {
  readonly topic: string;
  readonly partition: number;
}

export interface RecordFormat {
  write(writer: ByteWriter, record: ShownRecord): void;
}

export interface FormatOptions {
  readonly format: string | undefined;
  /** All of a record but its key, value and headers. */
  readonly isMetaOnly: boolean;
}

const TEMPLATES: Readonly<Record<string, string>> = { text: "%v\\n", hex: "%v{hex}\\n" };
const NAMES = [...Object.keys(TEMPLATES), "json"];

/** Throws a CommandFailure for a format that is none. */
export async function recordFormat({ format = "text", isMetaOnly }: FormatOptions): Promise<RecordFormat> {
  if (isMetaOnly) return new (await import("./meta_format.ts")).MetaFormat();
  if (format === "json") return new (await import("./json_format.ts")).JsonFormat();
  if (Object.hasOwn(TEMPLATES, format)) return new TemplateFormat(parseTemplate(TEMPLATES[format]!));
  if (/[%\\]/.test(format)) return new TemplateFormat(parseTemplate(format));
  throw new CommandFailure(
    `--format is "${format}", but must be ${NAMES.join(", ")}, or a template such as "%o %k=%v\\n"` +
      didYouMean(format, NAMES),
    ExitCode.USAGE,
  );
}
