import { deepEqual, equal, throws } from "node:assert/strict";
import { message } from "../../protocol/codec.ts";
import { Reader, Writer } from "../../protocol/primitives.ts";
import { type Field, field, type Fields } from "../../protocol/schema.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { randomMessage } from "./random_message.ts";
import { type AnyCodec, codecs, versionsOf } from "./tables.ts";

const VALUES_PER_VERSION = 20;

/** Runs `check` with random values of each message in each version; a failure tells the seed. */
function forRandomMessages(
  count: number,
  check: (codec: AnyCodec, version: number, value: Record<string, unknown>, random: SeededRandom) => void,
): void {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (const codec of codecs) {
    for (const version of versionsOf(codec)) {
      for (let index = 0; index < count; index++) {
        const value = randomMessage(random, codec.fields, version);
        try {
          check(codec, version, value, random);
        } catch (error) {
          throw new Error(`MILENA_TEST_SEED=${seed}: ${codec.name} v${version}, value ${index}`, {
            cause: error,
          });
        }
      }
    }
  }
}

function encoded(codec: AnyCodec, version: number, value: Record<string, unknown>): Uint8Array {
  const writer = new Writer();
  codec.encode(writer, version, value);
  return writer.bytes();
}

Deno.test("decode gives back what encode took when any message in any version is sent", () => {
  forRandomMessages(VALUES_PER_VERSION, (codec, version, value) => {
    const bytes = encoded(codec, version, value);
    equal(codec.size(version, value), bytes.length, "size is what was written");
    const reader = new Reader(bytes);
    deepEqual(codec.decode(reader, version), value);
    equal(reader.failure, undefined);
    equal(reader.remaining, 0);
  });
});

Deno.test("decode finds the value when it lies between other bytes", () => {
  forRandomMessages(2, (codec, version, value, random) => {
    const bytes = encoded(codec, version, value);
    const before = random.below(20);
    const all = random.bytes(before + bytes.length + random.below(20));
    all.set(bytes, before);
    const reader = new Reader(all, before, before + bytes.length);
    deepEqual(codec.decode(reader, version), value);
    equal(reader.position, before + bytes.length);
  });
});

Deno.test("decode fails and does not throw when a message ends early at any byte", () => {
  forRandomMessages(1, (codec, version, value) => {
    const bytes = encoded(codec, version, value);
    for (let end = 0; end < Math.min(bytes.length, 400); end++) {
      const reader = new Reader(bytes, 0, end);
      codec.decode(reader, version);
      equal(reader.failed, true, `cut at ${end} of ${bytes.length}`);
      equal(reader.remaining, 0);
    }
  });
});

Deno.test("decode does not throw when bytes of a message are wrong", () => {
  forRandomMessages(4, (codec, version, value, random) => {
    const bytes = encoded(codec, version, value).slice();
    if (bytes.length === 0) return;
    for (let round = 0; round < 20; round++) {
      const at = random.below(bytes.length);
      const before = bytes[at]!;
      bytes[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
      codec.decode(new Reader(bytes), version);
      if (random.below(2) === 0) bytes[at] = before;
    }
  });
});

Deno.test("decode skips tagged fields it does not know when a newer peer sends them", () => {
  const newer = new Map(codecs.map((codec) => [codec.name, withUnknownTags(codec)]));
  let met = 0;
  forRandomMessages(4, (codec, version, value) => {
    if (!codec.isFlexible(version)) return;
    const extended = newer.get(codec.name)!;
    const bytes = encoded(extended, version, giveUnknownTags(extended.fields, value));
    equal(bytes.length > codec.size(version, value), true);
    const reader = new Reader(bytes);
    deepEqual(codec.decode(reader, version), value);
    equal(reader.failure, undefined);
    equal(reader.remaining, 0);
    met++;
  });
  equal(met > 0, true);
});

Deno.test("encode takes a value without the fields that have defaults when they are left out", () => {
  forRandomMessages(2, (codec, version, value) => {
    const sparse = withoutDefaults(codec.fields, value);
    deepEqual(encoded(codec, version, sparse), encoded(codec, version, value));
  });
});

Deno.test("encode refuses or drops a value when the version has no room for it", () => {
  let refused = 0;
  let dropped = 0;
  for (const codec of codecs) {
    for (const [name, { since, until, default: standard, ignorable, type }] of Object.entries(codec.fields)) {
      const version = since > codec.versions.min ? since - 1 : until + 1;
      const other = type === "bool"
        ? !standard
        : type === "string"
        ? "given"
        : typeof standard === "number"
        ? 7
        : null;
      if (!(version <= codec.versions.max) || other === null) continue;
      const value = { ...randomMessage(new SeededRandom(1), codec.fields, version), [name]: other };
      const writer = new Writer();
      if (ignorable) {
        codec.encode(writer, version, value);
        equal((codec.decode(new Reader(writer.bytes()), version) as typeof value)[name], standard);
        dropped++;
      } else {
        throws(
          () => codec.encode(writer, version, value),
          new RegExp(`${codec.name} v${version}.${name} exists only`),
        );
        equal(writer.position, 0);
        refused++;
      }
    }
  }
  equal(refused > 0 && dropped > 0, true);
});

/** The same table as a later Kafka might have it: every struct with two more tagged fields. */
function withUnknownTags(codec: AnyCodec): AnyCodec {
  return message(codec, extendedFields(codec.fields)) as unknown as AnyCodec;
}

function extendedFields(fields: Fields): Fields {
  const extended = Object.entries(fields).map(([name, row]): [string, Field] => [
    name,
    row.fields === undefined ? row : { ...row, fields: extendedFields(row.fields) },
  ]);
  return {
    ...Object.fromEntries(extended),
    unknownText: field.string({ since: 0, tag: 90 }),
    unknownBytes: field.bytes({ since: 0, tag: 100_000 }),
  };
}

function giveUnknownTags(fields: Fields, value: Record<string, unknown>): Record<string, unknown> {
  const given: Record<string, unknown> = { unknownText: "later", unknownBytes: new Uint8Array(200) };
  for (const [name, inner] of Object.entries(value)) {
    const rows = fields[name]!.fields;
    const isDefault = inner === fields[name]!.default;
    if (rows === undefined || inner === null || isDefault) given[name] = inner;
    else if (Array.isArray(inner)) given[name] = inner.map((each) => giveUnknownTags(rows, each));
    else given[name] = giveUnknownTags(rows, inner as Record<string, unknown>);
  }
  return given;
}

function withoutDefaults(fields: Fields, value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(([name, inner]) => inner !== fields[name]!.default).map(([name, inner]) => {
      const rows = fields[name]!.fields;
      if (rows === undefined || inner === null) return [name, inner];
      if (Array.isArray(inner)) return [name, inner.map((each) => withoutDefaults(rows, each))];
      return [name, withoutDefaults(rows, inner as Record<string, unknown>)];
    }),
  );
}
