/**
 * Pages of long lists. Without `page_size` a list comes whole, as clients of the v3 API expect it.
 *
 * What must be true: a page begins behind the last element of the page before, whatever has come and gone meanwhile; so no
 * element that stays is left out or shown twice.
 * @module
 */
import { Buffer } from "node:buffer";
import { badParameter } from "../api_error.ts";
import { integer, text } from "../parameter.ts";

export const MAX_PAGE_SIZE = 10_000;

export const pageParameters = {
  page_size: integer({
    description: "most elements of one answer; left out: all",
    min: 1,
    max: MAX_PAGE_SIZE,
  }),
  page_token: text({ description: "where the page begins, as the last answer's metadata.next has it" }),
};

export interface PageQuery {
  readonly page_size: number | undefined;
  readonly page_token: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The token of the next page; undefined: this is the last. */
  readonly next: string | undefined;
}

/** The page of `items`, which are in the order of their keys, that is asked for. Throws an ApiError 400. */
export function pageOf<T, Key extends string | number>(
  items: readonly T[],
  { page_size: size, page_token: token }: PageQuery,
  keyOf: (item: T) => Key,
): Page<T> {
  const behind = token === undefined ? undefined : keyIn(token);
  const rest = behind === undefined ? items : items.filter((item) => {
    const key = keyOf(item);
    return typeof key === typeof behind && key > behind;
  });
  if (size === undefined || rest.length <= size) return { items: rest, next: undefined };
  return { items: rest.slice(0, size), next: tokenOf(keyOf(rest[size - 1]!)) };
}

function tokenOf(key: string | number): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

function keyIn(token: string): string | number {
  try {
    const key: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (typeof key === "string" || typeof key === "number") return key;
  } catch {
    // Told below.
  }
  throw badParameter(
    "page_token is none that was given here: take it from metadata.next of the last answer.",
  );
}
