/**
 * A request that a group refuses. `code` is one of protocol/errors.ts.
 * @module
 */
export class GroupError extends Error {
  override readonly name = "GroupError";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}
