/**
 * The file that a report goes to. It is made before the measurement, so that a path that can't be written is known at once,
 * and put in place when it is complete: what was there before is not lost to a disk that is full. Only a file is replaced:
 * a link leads to one, and a device or a pipe is written to as it is.
 * @module
 */
import { CommandFailure } from "../command.ts";

export class ReportFile implements Disposable {
  readonly path: string;
  readonly #target: string;
  readonly #draft: string;
  readonly #isReplaced: boolean;
  #isPlaced = false;

  private constructor(path: string, there: Deno.FileInfo | undefined) {
    this.path = path;
    this.#isReplaced = there === undefined || there.isFile;
    this.#target = there?.isFile ? Deno.realPathSync(path) : path;
    this.#draft = this.#isReplaced ? `${this.#target}.${Deno.pid}.part` : path;
  }

  /** Throws a {@link CommandFailure}. */
  static create(path: string): ReportFile {
    const there = statOf(path);
    const file = new ReportFile(path, there);
    if (there?.isDirectory) {
      throw new CommandFailure(`the report can't be written to ${path}: it is a directory`);
    }
    if (file.#isReplaced) file.#attempt(() => Deno.writeTextFileSync(file.#draft, "", { createNew: true }));
    return file;
  }

  /** Throws a {@link CommandFailure}. */
  write(page: string): void {
    this.#attempt(() => {
      Deno.writeTextFileSync(this.#draft, page);
      if (this.#isReplaced) Deno.renameSync(this.#draft, this.#target);
      this.#isPlaced = true;
    });
  }

  [Symbol.dispose](): void {
    if (this.#isPlaced || !this.#isReplaced) return;
    try {
      Deno.removeSync(this.#draft);
    } catch {
      // Then there is an empty file too many.
    }
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      // The runtime adds what it tried: "writefile '…'".
      const reason = (error as Error).message.replace(/: \w+ '.*$/, "");
      throw new CommandFailure(`the report can't be written to ${this.path}: ${reason}`);
    }
  }
}

/** undefined: nothing is there. */
function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
