/**
 * What a check has found: problems, which break an invariant, and notes, which a person may want to know and which are
 * allowed where they are. However broken a file is, only the first of its findings are told, and how many more there are.
 * @module
 */

export interface Finding {
  readonly path: string;
  /** What was found and what was wanted. */
  readonly message: string;
  /** Bytes from the start of the file, where that says something. */
  readonly position?: number;
  /** Of the log, likewise. */
  readonly offset?: number;
}

export type FindingKind = "problem" | "note";

export interface Place {
  readonly position?: number;
  readonly offset?: number;
}

export type FindingSink = (kind: FindingKind, finding: Finding) => void;

const MAX_PER_FILE = 20;

export class Findings {
  problemCount = 0;
  noteCount = 0;
  readonly #sink: FindingSink;
  /** Findings of each file that has any, by kind and path. */
  readonly #countOf = new Map<string, number>();

  constructor(sink: FindingSink) {
    this.#sink = sink;
  }

  problem(path: string, message: string, place: Place = {}): void {
    this.tell("problem", path, message, place);
  }

  note(path: string, message: string, place: Place = {}): void {
    this.tell("note", path, message, place);
  }

  tell(kind: FindingKind, path: string, message: string, place: Place = {}): void {
    if (kind === "problem") this.problemCount++;
    else this.noteCount++;
    const key = `${kind} ${path}`;
    const count = this.#countOf.get(key) ?? 0;
    this.#countOf.set(key, count + 1);
    if (count < MAX_PER_FILE) this.#sink(kind, { path, message, ...place });
  }

  /** Tells of what was not told. */
  finish(): void {
    for (const [key, count] of this.#countOf) {
      if (count <= MAX_PER_FILE) continue;
      const kind = key.startsWith("problem ") ? "problem" : "note";
      this.#sink(kind, {
        path: key.slice(kind.length + 1),
        message: `${count - MAX_PER_FILE} more of this file are not shown`,
      });
    }
  }
}
