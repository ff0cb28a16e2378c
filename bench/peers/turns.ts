/**
 * Measurements that share a machine take turns: each holds a lock on a file (flock) as long as it lasts.
 * @module
 */
export class Turns {
  readonly #path: string | undefined;

  /** No path: nobody to take turns with. */
  constructor(path?: string) {
    this.#path = path;
  }

  async take<T>(measurement: () => Promise<T>): Promise<T> {
    if (this.#path === undefined) return await measurement();
    // The lock goes with the file's description: closing it, or the end of this process, gives it back.
    using file = await Deno.open(this.#path, { create: true, write: true, read: true });
    await file.lock(true);
    return await measurement();
  }
}
