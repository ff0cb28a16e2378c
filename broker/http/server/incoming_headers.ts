/**
 * The header fields of a request as the standard's `Headers`, read where they stand in the head: most requests are asked
 * for two or three of them, and making a real `Headers` costs more than all else that a small request needs.
 *
 * As with those of an incoming standard Request: names are found in any case and listed in lower case and in order, fields
 * of one name are one value with commas, values have one character for each byte, and nothing can be changed.
 * @module
 */
export class IncomingHeaders implements Headers {
  readonly #text: string;
  /** Begin and end of each field's name and value in the text. */
  readonly #fields: readonly number[];
  #sorted: readonly (readonly [string, string])[] | undefined;

  constructor(text: string, fields: readonly number[]) {
    this.#text = text;
    this.#fields = fields;
  }

  get(name: string): string | null {
    const text = this.#text;
    const fields = this.#fields;
    const wanted = name.toLowerCase();
    let value: string | null = null;
    for (let i = 0; i < fields.length; i += 4) {
      if (!this.#isNamed(i, wanted)) continue;
      const found = text.slice(fields[i + 2], fields[i + 3]);
      value = value === null ? found : `${value}, ${found}`;
    }
    return value;
  }

  has(name: string): boolean {
    const wanted = name.toLowerCase();
    for (let i = 0; i < this.#fields.length; i += 4) if (this.#isNamed(i, wanted)) return true;
    return false;
  }

  getSetCookie(): string[] {
    return [];
  }

  forEach(callback: (value: string, key: string, parent: this) => void, thisArg?: unknown): void {
    for (const [name, value] of this.#list()) callback.call(thisArg, value, name, this);
  }

  *entries(): IterableIterator<[string, string]> {
    for (const [name, value] of this.#list()) yield [name, value];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#list()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#list()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  append(): never {
    throw immutable();
  }

  set(): never {
    throw immutable();
  }

  delete(): never {
    throw immutable();
  }

  #isNamed(i: number, wanted: string): boolean {
    const start = this.#fields[i]!;
    if (this.#fields[i + 1]! - start !== wanted.length) return false;
    for (let at = 0; at < wanted.length; at++) {
      const code = this.#text.charCodeAt(start + at);
      const lower = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
      if (lower !== wanted.charCodeAt(at)) return false;
    }
    return true;
  }

  #list(): readonly (readonly [string, string])[] {
    if (this.#sorted !== undefined) return this.#sorted;
    const values = new Map<string, string>();
    for (let i = 0; i < this.#fields.length; i += 4) {
      const name = this.#text.slice(this.#fields[i], this.#fields[i + 1]).toLowerCase();
      const value = this.#text.slice(this.#fields[i + 2], this.#fields[i + 3]);
      const before = values.get(name);
      values.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    return this.#sorted = [...values].sort(([a], [b]) => a < b ? -1 : 1);
  }
}

function immutable(): TypeError {
  return new TypeError("The header fields of a request cannot be changed.");
}
