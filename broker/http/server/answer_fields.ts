/**
 * Fields of an answer that mean something to the server itself.
 * @module
 */
/** The connection is to end with this answer. */
export function saysClose(fields: Iterable<readonly [string, string]>): boolean {
  for (const [name, value] of fields) if (name === "connection") return value.toLowerCase() === "close";
  return false;
}

/** The length that the answer says its body has. */
export function announcedLength(fields: Iterable<readonly [string, string]>): number | undefined {
  for (const [name, value] of fields) if (name === "content-length") return Number(value);
  return undefined;
}
