/**
 * The beginning of a comparison: what the command line asks for, or why there is nothing to do.
 * @module
 */
import { whyNoKafka } from "./launchers.ts";

interface CommonOptions {
  readonly help: boolean;
  readonly milenaOnly: boolean;
}

/**
 * What `parse` makes of `args`; or, when the person has been told what is wrong, what is missing or how it is used, the exit
 * code.
 */
export function readOptions<Options extends CommonOptions>(
  args: readonly string[],
  parse: (args: string[]) => Options,
  usage: string,
): Options | number {
  let options: Options;
  try {
    options = parse([...args]);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const missing = options.milenaOnly ? undefined : whyNoKafka();
  if (options.help) {
    console.log(usage);
    return 0;
  }
  if (missing === undefined) return options;
  console.error(missing);
  return 1;
}
