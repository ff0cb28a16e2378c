/**
 * The parameter by which reads and streams take a filter.
 * @module
 */
import { text } from "../parameter.ts";

/** The `filter` of reads and streams. */
export const filterParameter = text({
  description:
    'only records of which this is true, such as value.total > 100 && headers.region == "eu"; a text in ' +
    "quotes alone is looked for in keys, values and headers",
});
