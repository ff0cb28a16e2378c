/**
 * A terminal that nobody looks at, to be given what a test looks at.
 * @module
 */
import type { Terminal } from "../command.ts";

export const quietTerminal: Terminal = {
  print() {},
  write() {},
  writeBytes: () => Promise.resolve(),
  report() {},
  environment: {},
};
