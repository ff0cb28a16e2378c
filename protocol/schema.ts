/**
 * The words in which a message is written down. A message is one table for all its versions: a row per field, in
 * the order of the wire, that tells its type, the versions it is in and what it is where it is absent. Reader,
 * writer, size and TypeScript type follow from the table (`codec.ts`), so adding a version is adding a row:
 *
 *     topics: field.array({ of: "FetchTopic" }, {
 *       topic: field.string({ until: 12, ignorable: true }),
 *       topicId: field.uuid({ since: 13, ignorable: true }),
 *       partitions: field.array({ of: "FetchPartition" }, {
 *         partition: field.int32(),
 *         currentLeaderEpoch: field.int32({ since: 9, default: -1, ignorable: true }),
 *         replicaDirectoryId: field.uuid({ since: 17, tag: 0, ignorable: true }),
 *       }),
 *     }),
 *
 * `since` and `until` name the first and last version of a field, 0 and the newest if they are left out.
 * `nullable` is the first version (or the first and last) in which null may stand there.
 * `tag` makes it a tagged field (KIP-482), written only if it differs from its default.
 * `default` is what a reader sees where the field is absent: 0, false, "", the zero id, no elements, if left out.
 * `ignorable` lets a writer drop a value which the version has no room for; without it such a value is refused.
 *
 * Names and meaning are those of Kafka's own definitions (KIP-482), and a test compares each table with the facts
 * of them.
 * @module
 */
import type { ExternalBytes, Uuid } from "./primitives.ts";
import { ZERO_UUID } from "./primitives.ts";

/** What each primitive type is in TypeScript. int64 is the nearest number. "records" are record batches, unread. */
export interface PrimitiveValues {
  readonly bool: boolean;
  readonly int8: number;
  readonly int16: number;
  readonly int32: number;
  readonly int64: number;
  readonly uint16: number;
  readonly uint32: number;
  readonly float64: number;
  readonly string: string;
  readonly uuid: Uuid;
  readonly bytes: Uint8Array;
  readonly records: Uint8Array;
}

export type PrimitiveType = keyof PrimitiveValues;

/** One row of a table. `Value` is what a reader gives, `Input` what a writer takes, `Optional` whether it may be left out then. */
export interface Field<Value = unknown, Input = unknown, Optional extends boolean = boolean> {
  readonly type: PrimitiveType | "array" | "struct";
  /** Of an array the type of an element, of a struct its name in Kafka's definitions. */
  readonly of: string;
  /** Rows of a struct, or of an array's elements that are structs. */
  readonly fields: Fields | undefined;
  /** First and last version that has the field. */
  readonly since: number;
  readonly until: number;
  /** First and last version in which it may be null. */
  readonly nullableSince: number;
  readonly nullableUntil: number;
  /** Its tag, or -1. A tagged field is tagged in all versions that have it. */
  readonly tag: number;
  readonly default: unknown;
  readonly ignorable: boolean;
  /** False: the old encoding in flexible versions too (the client id of request headers). */
  readonly flexible: boolean;
  /** For the compiler alone; never there at run time. */
  readonly types?: { readonly value: Value; readonly input: Input; readonly optional: Optional };
}

export type Fields = { readonly [name: string]: Field };

/** What reading a table gives: every field, with its default where the version lacks it. Not to be changed. */
export type Decoded<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

/** What writing a table takes: fields with a default, a tag or a limited range of versions may be left out. */
export type Encodable<F extends Fields> = Flat<
  & { readonly [Name in Exclude<keyof F, OptionalNames<F>>]: InputOf<F[Name]> }
  & { readonly [Name in OptionalNames<F>]?: InputOf<F[Name]> | undefined }
>;

type ValueOf<F> = F extends Field<infer Value, unknown, boolean> ? Value : never;
type InputOf<F> = F extends Field<unknown, infer Input, boolean> ? Input : never;
type OptionalNames<F> = {
  [Name in keyof F]: F[Name] extends Field<unknown, unknown, true> ? Name : never;
}[keyof F];
type Flat<T> = { readonly [Name in keyof T]: T[Name] };

interface Options {
  readonly since?: number;
  readonly until?: number;
  readonly tag?: number;
  readonly ignorable?: boolean;
}

interface ScalarOptions<T> extends Options {
  readonly default?: T;
}

interface NullableOptions extends Options {
  readonly nullable?: number | readonly [since: number, until: number];
}

interface TextOptions extends NullableOptions {
  readonly default?: string | null;
  readonly flexible?: false;
}

interface BytesOptions extends NullableOptions {
  readonly default?: null;
}

interface ArrayOptions<Element extends string> extends NullableOptions {
  readonly of: Element;
  readonly default?: null;
}

interface StructOptions extends NullableOptions {
  readonly of: string;
  readonly default?: null;
}

type OrNull<O, T> = O extends { readonly nullable: unknown } ? T | null : T;
type MayBeLeftOut<O> = O extends
  | { readonly default: unknown }
  | { readonly tag: number }
  | { readonly since: number }
  | { readonly until: number } ? true
  : false;
type Row<O, Value, Input = Value> = Field<OrNull<O, Value>, OrNull<O, Input>, MayBeLeftOut<O>>;

const NO_ELEMENTS: readonly never[] = Object.freeze([]);
const NO_BYTES = new Uint8Array(0);

/** One word per type; each makes a row. */
export const field = {
  bool: scalar<boolean>("bool", false),
  int8: scalar<number>("int8", 0),
  int16: scalar<number>("int16", 0),
  int32: scalar<number>("int32", 0),
  int64: scalar<number>("int64", 0),
  uint16: scalar<number>("uint16", 0),
  uint32: scalar<number>("uint32", 0),
  float64: scalar<number>("float64", 0),
  uuid: scalar<Uuid>("uuid", ZERO_UUID),

  string<const O extends TextOptions>(options?: O): Row<O, string> {
    return row("string", options, "");
  },

  bytes<const O extends BytesOptions>(options?: O): Row<O, Uint8Array> {
    return row("bytes", options, NO_BYTES);
  },

  /** Record batches as they are: a view of the input, or for a writer something whose bytes lie elsewhere. */
  records<const O extends NullableOptions>(options?: O): Row<O, Uint8Array, Uint8Array | ExternalBytes> {
    return row("records", options, options?.nullable === undefined ? NO_BYTES : null);
  },

  array,

  struct<const O extends StructOptions, const F extends Fields>(
    options: O,
    fields: F,
  ): Row<O, Decoded<F>, Encodable<F>> {
    return row("struct", options, undefined, options.of, fields);
  },
};

function array<const O extends ArrayOptions<PrimitiveType>>(
  options: O,
): Row<O, readonly PrimitiveValues[O["of"]][]>;
function array<const O extends ArrayOptions<string>, const F extends Fields>(
  options: O,
  fields: F,
): Row<O, readonly Decoded<F>[], readonly Encodable<F>[]>;
function array(options: ArrayOptions<string>, fields?: Fields): Field {
  return row("array", options, NO_ELEMENTS, options.of, fields);
}

function scalar<T>(type: PrimitiveType, zero: T) {
  return <const O extends ScalarOptions<T>>(options?: O): Row<O, T> => row(type, options, zero);
}

function row(
  type: Field["type"],
  options: NullableOptions & { readonly default?: unknown; readonly flexible?: boolean } = {},
  zero: unknown,
  of = "",
  fields?: Fields,
): Field<never, never, never> {
  const { since = 0, until = Infinity, nullable = Infinity, tag = -1, ignorable = false, flexible = true } =
    options;
  const [nullableSince, nullableUntil] = typeof nullable === "number" ? [nullable, Infinity] : nullable;
  const start = options.default === undefined ? zero : options.default;
  return {
    type,
    of,
    fields,
    since,
    until,
    nullableSince,
    nullableUntil,
    tag,
    default: start === undefined && fields !== undefined ? defaultsOf(fields) : start,
    ignorable,
    flexible,
  };
}

/** A struct in which every field has its default. Shared by all that read it, therefore frozen. */
export function defaultsOf(fields: Fields): Readonly<Record<string, unknown>> {
  return Object.freeze(
    Object.fromEntries(Object.entries(fields).map(([name, { default: value }]) => [name, value])),
  );
}
