/**
 * From a table and a version to reader, writer and size.
 *
 * For each version that is used, the table is once compiled into the list of steps of that version: fields the
 * version lacks are gone, the encoding is chosen, tags are sorted. What must be true:
 *
 *  - `decode` never throws on any bytes; `reader.failed` says afterwards whether the value may be used.
 *  - `encode` throws on a value that the version can't carry, before it has written a byte.
 *  - `size` is the number of bytes `encode` adds, those that lie elsewhere (`Writer.externals`) included.
 *  - decode(encode(x)) is x, with defaults in the fields that the version lacks.
 *  - Unknown tagged fields are skipped; a known one must be filled by its type to the last byte.
 *
 * The encodings are described in KIP-482 and on https://kafka.apache.org/protocol.
 * @module
 */
import { uvarintSize } from "./primitives.ts";
import type { Reader, Writer } from "./primitives.ts";
import { defaultsOf } from "./schema.ts";
import type { Decoded, Encodable, Field, Fields } from "./schema.ts";
import { isPrimitiveType, nullRefused, primitiveWire } from "./wire.ts";
import type { Wire } from "./wire.ts";

export interface MessageHead {
  /** Kafka's name, such as "FetchRequest". */
  readonly name: string;
  /** -1 for what belongs to no API: headers, and data that is kept or carried within records. */
  readonly apiKey: number;
  readonly type: "request" | "response" | "header" | "data";
  /** Versions that Kafka 4.3 knows; which of them are served is said by the handlers. */
  readonly versions: { readonly min: number; readonly max: number };
  /** First version with compact lengths and tagged fields (KIP-482); Infinity: none. */
  readonly flexibleFrom: number;
}

/** One message in all its versions. `T` is what decoding gives, `Input` what encoding takes; every T is an Input. */
export interface MessageCodec<T, Input = T> extends MessageHead {
  /** The table. */
  readonly fields: Fields;
  isFlexible(version: number): boolean;
  /** The value is to be used only if `reader.failed` is false afterwards. Bytes in it are views of the input. */
  decode(reader: Reader, version: number): T;
  encode(writer: Writer, version: number, value: Input): void;
  size(version: number, value: Input): number;
}

/** What decoding gives: `type ProduceRequest = MessageOf<typeof ProduceRequest>`. */
export type MessageOf<Codec> = Codec extends MessageCodec<infer T, never> ? T : never;

/** What encoding takes: as {@link MessageOf}, but fields that have a default may be left out. */
export type InputOf<Codec> = Codec extends MessageCodec<unknown, infer Input> ? Input : never;

/** Makes the codec of a table. */
export function message<const F extends Fields>(
  head: MessageHead,
  fields: F,
): MessageCodec<Decoded<F>, Encodable<F>> {
  const { name, versions, flexibleFrom } = head;
  const plans: Wire[] = [];
  // A record set may be large and lie elsewhere, so its size is no reason to make room here.
  const reserves = !holdsRecords(fields);

  function plan(version: number): Wire {
    const known = plans[version - versions.min];
    if (known !== undefined) return known;
    if (!(version >= versions.min && version <= versions.max)) {
      throw new RangeError(`${name} has no version ${version}, only ${versions.min} to ${versions.max}`);
    }
    const path = `${name} v${version}`;
    return plans[version - versions.min] = structWire(fields, {
      version,
      flexible: version >= flexibleFrom,
      path,
    });
  }

  return {
    ...head,
    fields,
    isFlexible: (version) => version >= flexibleFrom,
    decode: (reader, version) => plan(version).read(reader) as Decoded<F>,
    encode(writer, version, value) {
      const wire = plan(version);
      const size = wire.size(value);
      if (reserves) writer.reserve(size);
      wire.write(writer, value);
    },
    size: (version, value) => plan(version).size(value),
  };
}

interface Context {
  readonly version: number;
  readonly flexible: boolean;
  readonly path: string;
}

/** A field that the version has. */
interface Step {
  readonly name: string;
  readonly wire: Wire;
  readonly default: unknown;
}

interface TaggedStep extends Step {
  readonly tag: number;
  readonly isDefault: (value: unknown) => boolean;
}

/** A field that the version lacks: whatever is not its default must be refused. */
interface AbsentStep {
  readonly name: string;
  readonly isDefault: (value: unknown) => boolean;
  readonly refusal: string;
}

type Struct = Record<string, unknown>;

function structWire(fields: Fields, context: Context): Wire {
  const { version, flexible, path } = context;
  const steps: Step[] = [];
  const tagged: TaggedStep[] = [];
  const absent: AbsentStep[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const fieldPath = `${path}.${name}`;
    if (version >= field.since && version <= field.until) {
      const step = {
        name,
        wire: fieldWire(field, { version, flexible, path: fieldPath }),
        default: field.default,
      };
      if (field.tag < 0) steps.push(step);
      else tagged.push({ ...step, tag: field.tag, isDefault: defaultTest(field) });
    } else if (!field.ignorable) {
      const range = version < field.since ? `from version ${field.since}` : `up to version ${field.until}`;
      absent.push({
        name,
        isDefault: defaultTest(field),
        refusal: `${fieldPath} exists only ${range}; leave it out`,
      });
    }
  }
  tagged.sort((a, b) => a.tag - b.tag);

  // Copying a whole object is faster than adding field after field, and gives all values one hidden class.
  const template = defaultsOf(fields);
  const variable = steps.filter(({ wire }) => wire.fixedSize < 0);
  const fixedBytes = steps.reduce((sum, { wire }) => sum + Math.max(wire.fixedSize, 0), 0);
  const minSize = steps.reduce((sum, { wire }) => sum + wire.minSize, 0) + (flexible ? 1 : 0);

  return {
    minSize,
    fixedSize: -1,

    read(reader) {
      const struct: Struct = { ...template };
      for (let index = 0; index < steps.length; index++) {
        const step = steps[index]!;
        struct[step.name] = step.wire.read(reader);
      }
      if (flexible) readTaggedFields(reader, tagged, struct);
      return struct;
    },

    write(writer, value) {
      const struct = value as Struct;
      for (let index = 0; index < steps.length; index++) {
        const step = steps[index]!;
        const given = struct[step.name];
        step.wire.write(writer, given === undefined ? step.default : given);
      }
      if (flexible) writeTaggedFields(writer, tagged, struct);
    },

    size(value) {
      const struct = value as Struct;
      for (let index = 0; index < absent.length; index++) {
        const step = absent[index]!;
        if (!step.isDefault(struct[step.name])) throw new RangeError(step.refusal);
      }
      let size = fixedBytes;
      for (let index = 0; index < variable.length; index++) {
        const step = variable[index]!;
        const given = struct[step.name];
        size += step.wire.size(given === undefined ? step.default : given);
      }
      return flexible ? size + taggedFieldsSize(tagged, struct) : size;
    },
  };
}

function readTaggedFields(reader: Reader, tagged: readonly TaggedStep[], struct: Struct): void {
  for (let left = reader.taggedFieldCount(); left > 0 && !reader.failed; left--) {
    const tag = reader.uvarint();
    const size = reader.uvarint();
    const step = tagged.find((step) => step.tag === tag);
    if (step === undefined) {
      reader.skip(size);
      continue;
    }
    const outerEnd = reader.narrow(size);
    struct[step.name] = step.wire.read(reader);
    reader.widen(outerEnd);
  }
}

function writeTaggedFields(writer: Writer, tagged: readonly TaggedStep[], struct: Struct): void {
  let count = 0;
  for (const step of tagged) if (!step.isDefault(struct[step.name])) count++;
  writer.uvarint(count);
  if (count === 0) return;
  for (const step of tagged) {
    const value = struct[step.name];
    if (step.isDefault(value)) continue;
    writer.uvarint(step.tag);
    writer.uvarint(step.wire.size(value));
    step.wire.write(writer, value);
  }
}

function taggedFieldsSize(tagged: readonly TaggedStep[], struct: Struct): number {
  let count = 0;
  let size = 0;
  for (const step of tagged) {
    const value = struct[step.name];
    if (step.isDefault(value)) continue;
    count++;
    const valueSize = step.wire.size(value);
    size += uvarintSize(step.tag) + uvarintSize(valueSize) + valueSize;
  }
  return uvarintSize(count) + size;
}

function fieldWire(field: Field, context: Context): Wire {
  const { version, path } = context;
  const flexible = context.flexible && field.flexible;
  const nullable = version >= field.nullableSince && version <= field.nullableUntil;
  switch (field.type) {
    case "array":
      return arrayWire(elementWire(field, context), { flexible, nullable, path });
    case "struct": {
      const wire = structWire(field.fields!, context);
      return nullable ? nullableStructWire(wire) : notNullStructWire(wire, path);
    }
    default:
      return primitiveWire(field.type, { flexible, nullable, path });
  }
}

function elementWire(field: Field, context: Context): Wire {
  if (field.fields !== undefined) return structWire(field.fields, context);
  if (!isPrimitiveType(field.of)) {
    throw new TypeError(`${context.path}: "${field.of}" is no type and has no rows`);
  }
  return primitiveWire(field.of, { flexible: context.flexible, nullable: false, path: context.path });
}

function arrayWire(
  element: Wire,
  { flexible, nullable, path }: { flexible: boolean; nullable: boolean; path: string },
): Wire {
  const lengthSize = flexible ? 1 : 4;
  return {
    minSize: lengthSize,
    fixedSize: -1,

    read(reader) {
      const count = reader.arrayLength(flexible, element.minSize);
      if (count < 0) {
        if (nullable) return null;
        reader.fail("an array is null where that is not allowed");
        return [];
      }
      const values: unknown[] = [];
      for (let index = 0; index < count && !reader.failed; index++) values.push(element.read(reader));
      return values;
    },

    write(writer, value) {
      const values = value as readonly unknown[] | null;
      writer.arrayLength(values === null ? -1 : values.length, flexible);
      if (values === null) return;
      for (let index = 0; index < values.length; index++) element.write(writer, values[index]);
    },

    size(value) {
      if (value === null) {
        if (!nullable) throw nullRefused(path);
        return lengthSize;
      }
      const values = value as readonly unknown[];
      const head = flexible ? uvarintSize(values.length + 1) : 4;
      if (element.fixedSize >= 0) return head + element.fixedSize * values.length;
      let size = head;
      for (let index = 0; index < values.length; index++) size += element.size(values[index]);
      return size;
    },
  };
}

/** A struct that may be null has a byte before it: -1 for null, 1 for a value. */
function nullableStructWire(wire: Wire): Wire {
  return {
    minSize: 1,
    fixedSize: -1,
    read: (reader) => reader.int8() < 0 ? null : wire.read(reader),
    write(writer, value) {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) wire.write(writer, value);
    },
    size: (value) => value === null ? 1 : 1 + wire.size(value),
  };
}

function notNullStructWire(wire: Wire, path: string): Wire {
  return {
    ...wire,
    size(value) {
      if (value === null) throw nullRefused(path);
      return wire.size(value);
    },
  };
}

/** Whether a value given for the field, undefined if it was left out, is the field's default. */
function defaultTest(field: Field): (value: unknown) => boolean {
  const standard = field.default;
  if (standard === null) return (value) => value === undefined || value === null;
  switch (field.type) {
    case "array":
    case "bytes":
    case "records":
      return (value) => value === undefined || value !== null && (value as ArrayLike<unknown>).length === 0;
    case "struct": {
      const tests = Object.entries(field.fields!).map(([name, inner]) => ({
        name,
        isDefault: defaultTest(inner),
      }));
      return (value) =>
        value === undefined ||
        value !== null && tests.every(({ name, isDefault }) => isDefault((value as Struct)[name]));
    }
    default:
      return (value) => value === undefined || value === standard;
  }
}

function holdsRecords(fields: Fields): boolean {
  return Object.values(fields).some((field) =>
    field.type === "records" || field.fields !== undefined && holdsRecords(field.fields)
  );
}
