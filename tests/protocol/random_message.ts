/**
 * Random values for a table: what a message of one version may hold, with its absent fields at their defaults, so
 * that decoding what was encoded must give the same value again.
 * @module
 */
import type { Field, Fields } from "../../protocol/schema.ts";
import { uuidFromBytes } from "../../protocol/uuid.ts";
import type { SeededRandom } from "../support/random.ts";

type Value = Record<string, unknown>;

export function randomMessage(random: SeededRandom, fields: Fields, version: number): Value {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, randomField(random, field, version)]),
  );
}

function randomField(random: SeededRandom, field: Field, version: number): unknown {
  if (version < field.since || version > field.until) return field.default;
  if (random.below(4) === 0 && isAllowed(field, version)) return field.default;
  const nullable = version >= field.nullableSince && version <= field.nullableUntil;
  if (nullable && random.below(4) === 0) return null;
  switch (field.type) {
    case "array":
      return Array.from(
        { length: random.pick([0, 1, 1, 2, 3, 7]) },
        () =>
          field.fields === undefined
            ? randomPrimitive(random, field.of)
            : randomMessage(random, field.fields, version),
      );
    case "struct":
      return randomMessage(random, field.fields!, version);
    default:
      return randomPrimitive(random, field.type);
  }
}

/** A default of null is of use only where the version has null. */
function isAllowed(field: Field, version: number): boolean {
  return field.default !== null || version >= field.nullableSince && version <= field.nullableUntil;
}

const texts = [
  "",
  "a",
  "orders",
  "a.b_c-d",
  "ä",
  "Ωmega",
  "日本語",
  "🦀 crab",
  "\u0000",
  "\ufeffbom",
  "x".repeat(39),
];

function randomPrimitive(random: SeededRandom, type: string): unknown {
  switch (type) {
    case "bool":
      return random.below(2) === 1;
    case "int8":
      return integer(random, 8);
    case "int16":
      return integer(random, 16);
    case "int32":
      return integer(random, 32);
    case "int64":
      return random.pick([
        0,
        1,
        -1,
        2 ** 31,
        -(2 ** 31) - 1,
        2 ** 53,
        -(2 ** 53),
        2 ** 62,
        2 ** 63,
        -(2 ** 63),
      ]) ||
        random.uint32() * 2 ** 20 + random.below(2 ** 20);
    case "uint16":
      return random.below(2 ** 16);
    case "uint32":
      return random.uint32();
    case "float64":
      return random.uint32() / 1024;
    case "uuid":
      return uuidFromBytes(random.bytes(16));
    case "string":
      return random.pick([...texts, "y".repeat(random.below(300)), "ü".repeat(random.below(200))]);
    case "bytes":
    case "records":
      return random.bytes(random.pick([0, 1, 61, 127, 128, 500]));
    default:
      throw new TypeError(`no random value of type ${type}`);
  }
}

function integer(random: SeededRandom, bits: number): number {
  const limit = 2 ** (bits - 1);
  return random.pick([0, 1, -1, limit - 1, -limit]) || random.below(2 * limit) - limit;
}
