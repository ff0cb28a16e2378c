/**
 * The file that a report goes to. It is made before the measurement, so that a path that can't be written is known at once,
 * and put in place when it is complete: what was there before is not lost to a disk that is full.
 * @module
 */
import { CommandFailure } from "../command.ts";

export class ReportFile implements Disposable {
  readonly path: string;
  readonly #draft: string;
  #isPlaced = false;

  private constructor(path: string) {
    this.path = path;
    this.#draft = `${path}.${Deno.pid}.part`;
  }

  /** Throws a {@link CommandFailure}. */
  static create(path: string): ReportFile {
    const file = new ReportFile(path);
    if (isDirectory(path)) {
      throw new CommandFailure(`the report can't be written to ${path}: it is a directory`);
    }
    file.#attempt(() => Deno.writeTextFileSync(file.#draft, "", { createNew: true }));
    return file;
  }

  /** Throws a {@link CommandFailure}. */
  write(page: string): void {
    this.#attempt(() => {
      Deno.writeTextFileSync(this.#draft, page);
      Deno.renameSync(this.#draft, this.path);
      this.#isPlaced = true;
    });
  }

  [Symbol.dispose](): void {
    if (this.#isPlaced) return;
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

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
