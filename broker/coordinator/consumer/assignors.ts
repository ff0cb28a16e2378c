/**
 * The assignors that there are, by the name that clients and group.consumer.assignors know them by.
 * @module
 */
import type { Assignor } from "./assignor.ts";
import { rangeAssignor } from "./range_assignor.ts";
import { uniformAssignor } from "./uniform_assignor.ts";

export const assignors: ReadonlyMap<string, Assignor> = new Map([
  ["uniform", uniformAssignor],
  ["range", rangeAssignor],
]);
