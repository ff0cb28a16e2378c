/**
 * Turns lines into what a terminal has to be told so that it shows them: only those that have changed.
 * @module
 */
import type { Size } from "./state.ts";

export class Painter {
  #shown: readonly string[] = [];
  #size: Size = { columns: 0, rows: 0 };

  /** The next `paint` draws everything: who knows what the screen shows. */
  forget(): void {
    this.#size = { columns: 0, rows: 0 };
  }

  /** "" if nothing has changed. */
  paint(lines: readonly string[], size: Size): string {
    const isNew = size.columns !== this.#size.columns || size.rows !== this.#size.rows;
    const before = isNew ? [] : this.#shown;
    let text = isNew ? "\x1b[0m\x1b[2J" : "";
    for (let i = 0; i < Math.max(lines.length, before.length); i++) {
      const line = lines[i] ?? "";
      // Cleared before it is written: behind a line that is as wide as the screen its last character would go.
      if (line !== (before[i] ?? "")) text += `\x1b[${i + 1};1H\x1b[K${line}`;
    }
    this.#shown = lines;
    this.#size = size;
    return text;
  }
}
