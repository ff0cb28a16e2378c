/**
 * How one value of a type lies on the wire, in the old or in the flexible encoding: the leaves that `codec.ts`
 * joins to messages. For every wire and every value it takes: `write` writes exactly `size(value)` bytes, and `read`
 * takes at least `minSize` from any input that it does not fail.
 * @module
 */
import { utf8Size, UUID_SIZE, uvarintSize } from "./primitives.ts";
import type { ExternalBytes, Reader, Writer } from "./primitives.ts";
import type { PrimitiveType } from "./schema.ts";

/**
 * The value's type is known to the table and not to the compiler here, so each wire trusts its column: `read` and
 * `write` of one wire agree, and the types that callers see are inferred from the same table.
 */
export interface Wire {
  /** Fewest bytes a value takes: what counts from the wire are measured against. */
  readonly minSize: number;
  /** Bytes of every value, or -1 if they differ. */
  readonly fixedSize: number;
  read(reader: Reader): unknown;
  write(writer: Writer, value: unknown): void;
  /** Bytes of the value, external ones counted. Throws if it can't be written, so that `write` does not. */
  size(value: unknown): number;
}

const fixed: Partial<Record<PrimitiveType, Wire>> = {
  bool: fixedWire(1, (r) => r.boolean(), (w, value) => w.boolean(value as boolean)),
  int8: fixedWire(1, (r) => r.int8(), (w, value) => w.int8(value as number)),
  int16: fixedWire(2, (r) => r.int16(), (w, value) => w.int16(value as number)),
  int32: fixedWire(4, (r) => r.int32(), (w, value) => w.int32(value as number)),
  int64: fixedWire(8, (r) => r.int64(), (w, value) => w.int64(value as number)),
  uint16: fixedWire(2, (r) => r.uint16(), (w, value) => w.uint16(value as number)),
  uint32: fixedWire(4, (r) => r.uint32(), (w, value) => w.uint32(value as number)),
  float64: fixedWire(8, (r) => r.float64(), (w, value) => w.float64(value as number)),
  uuid: fixedWire(UUID_SIZE, (r) => r.uuid(), (w, value) => w.uuid(value as string)),
};

export interface WireOptions {
  readonly flexible: boolean;
  readonly nullable: boolean;
  /** Where in which message this stands, for our own mistakes. */
  readonly path: string;
}

export function primitiveWire(type: PrimitiveType, options: WireOptions): Wire {
  if (type === "string") return stringWire(options);
  if (type === "bytes" || type === "records") return bytesWire(options);
  return fixed[type]!;
}

export function isPrimitiveType(type: string): type is PrimitiveType {
  return type in fixed || type === "string" || type === "bytes" || type === "records";
}

/** What a writer is told that gave null to a field of a version which has no null there. */
export function nullRefused(path: string): TypeError {
  return new TypeError(`${path} is null, which this version can't carry`);
}

function fixedWire(
  size: number,
  read: (reader: Reader) => unknown,
  write: (writer: Writer, value: unknown) => void,
): Wire {
  return { minSize: size, fixedSize: size, read, write, size: () => size };
}

function stringWire({ flexible, nullable, path }: WireOptions): Wire {
  const lengthSize = flexible ? 1 : 2;
  return {
    minSize: lengthSize,
    fixedSize: -1,
    read: nullable ? (reader) => reader.nullableString(flexible) : (reader) => reader.string(flexible),
    write: (writer, value) => writer.nullableString(value as string | null, flexible),
    size(value) {
      if (value === null) {
        if (!nullable) throw nullRefused(path);
        return lengthSize;
      }
      const size = utf8Size(value as string);
      if (flexible) return uvarintSize(size + 1) + size;
      if (size > 0x7fff) {
        throw new RangeError(`${path} has ${size} bytes; a string of this version has at most 32767`);
      }
      return 2 + size;
    },
  };
}

function bytesWire({ flexible, nullable, path }: WireOptions): Wire {
  const lengthSize = flexible ? 1 : 4;
  return {
    minSize: lengthSize,
    fixedSize: -1,
    read: nullable ? (reader) => reader.nullableBytes(flexible) : (reader) => reader.bytes(flexible),
    write: (writer, value) => writer.nullableBytes(value as Uint8Array | ExternalBytes | null, flexible),
    size(value) {
      if (value === null) {
        if (!nullable) throw nullRefused(path);
        return lengthSize;
      }
      const { length } = value as ExternalBytes;
      return length + (flexible ? uvarintSize(length + 1) : 4);
    },
  };
}
