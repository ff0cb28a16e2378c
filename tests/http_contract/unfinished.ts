/**
 * Routes that do not say yet what they take and answer. One that does must go from here: a test says so.
 * @module
 */
export const unfinished: readonly string[] = [
  "POST /topics/{topic}",
  "POST /topics/{topic}/partitions/{partition}",
  "POST /topics/{topic}/records",
];
