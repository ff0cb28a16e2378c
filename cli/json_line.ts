/**
 * JSON on one line, in which a BigInt is a number with all its digits.
 * @module
 */
export type JsonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** Members that are undefined are left out. */
export function jsonLine(value: JsonValue): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // The runtime refuses a BigInt; few lines have one.
    if (!(error instanceof TypeError)) throw error;
    return withBigInts(value);
  }
}

function withBigInts(value: JsonValue): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(withBigInts).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${withBigInts(member!)}`);
  return `{${members.join(",")}}`;
}
