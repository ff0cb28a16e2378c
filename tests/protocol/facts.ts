/**
 * What `facts.json` says of a message, and how a table is compared with it. The facts are those of Kafka 4.3's own
 * definitions: names, types and versions of the fields. What they do not tell (whether a field is ignorable) is not
 * compared.
 * @module
 */
import type { Field, Fields } from "../../protocol/schema.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import facts from "./facts.json" with { type: "json" };
import type { AnyCodec } from "./tables.ts";

export interface FieldFact {
  name: string;
  type: string;
  versions: string;
  nullableVersions?: string;
  taggedVersions?: string;
  tag?: number;
  default?: string | number | boolean;
  flexibleVersions?: string;
  fields?: FieldFact[];
}

export interface MessageFact {
  apiKey?: number;
  type: string;
  name: string;
  validVersions: string;
  flexibleVersions: string;
  fields: FieldFact[];
}

/** First versions that are read and written here though Kafka 4 has dropped them, by API key. */
export const keptVersions: ReadonlyMap<number, number> = new Map([
  // kafka-python asks for log directories in no other.
  [35, 0],
]);

/** Tagged fields from here on are Milena's own: Kafka counts its tags from 0. */
const FIRST_OWN_TAG = 10_000;

/** A fresh copy, which a test may change. */
export function messageFacts(): MessageFact[] {
  return structuredClone(facts.messages) as MessageFact[];
}

/** Each difference between the table and the fact in a line; none if they agree. */
export function differences(fact: MessageFact, codec: AnyCodec): string[] {
  const { min, max } = codec.versions;
  const isKept = keptVersions.get(codec.apiKey) === min;
  const ours = isKept
    ? `${Number(fact.validVersions.split("-")[0])}-${max}`
    : min === max
    ? `${min}`
    : `${min}-${max}`;
  return [
    ...difference(`${fact.name} name`, fact.name, codec.name),
    ...difference(`${fact.name} key`, fact.apiKey ?? -1, codec.apiKey),
    ...difference(`${fact.name} type`, fact.type, codec.type),
    ...difference(`${fact.name} versions`, fact.validVersions, ours),
    ...difference(
      `${fact.name} flexible versions`,
      fact.flexibleVersions,
      range(codec.flexibleFrom, Infinity) ?? "none",
    ),
    ...fieldDifferences(fact.name, fact.fields, codec.fields),
  ];
}

function fieldDifferences(path: string, facts: readonly FieldFact[], fields: Fields): string[] {
  const found = [
    ...difference(
      `${path} fields and their order`,
      facts.map(({ name }) => tableName(name)),
      Object.keys(fields).filter((name) => fields[name]!.tag < FIRST_OWN_TAG),
    ),
  ];
  for (const fact of facts) {
    const field = fields[tableName(fact.name)];
    if (field === undefined) continue;
    const at = `${path}.${fact.name}`;
    found.push(
      ...difference(`${at} type`, fact.type, typeName(field)),
      ...difference(`${at} versions`, fact.versions, range(field.since, field.until)),
      ...difference(`${at} nullable`, fact.nullableVersions, range(field.nullableSince, field.nullableUntil)),
      ...difference(`${at} tag`, fact.tag, field.tag < 0 ? undefined : field.tag),
      ...difference(
        `${at} tagged`,
        fact.taggedVersions,
        field.tag < 0 ? undefined : range(field.since, field.until),
      ),
      ...difference(
        `${at} default`,
        factDefault(fact),
        field.type === "struct" && field.default !== null ? undefined : plain(field.default),
      ),
      ...difference(`${at} flexible`, fact.flexibleVersions, field.flexible ? undefined : "none"),
      ...fieldDifferences(at, fact.fields ?? [], field.fields ?? {}),
    );
  }
  return found;
}

function difference(what: string, fact: unknown, table: unknown): string[] {
  const [wanted, found] = [show(fact), show(table)];
  return wanted === found ? [] : [`${what}: Kafka has ${wanted}, the table ${found}`];
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

/** "TopicData" is `topicData` in a table. */
function tableName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function typeName(field: Field): string {
  if (field.type === "array") return `[]${field.of}`;
  return field.type === "struct" ? field.of : field.type;
}

function range(since: number, until: number): string | undefined {
  if (since === Infinity) return undefined;
  if (until === Infinity) return `${since}+`;
  return since === until ? `${since}` : `${since}-${until}`;
}

/** Empty bytes and empty arrays look alike as JSON; so do they here. */
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value;
}

/** What the fact says, or what Kafka takes where it says nothing: 0, false, "", the zero id, nothing in it. */
function factDefault(fact: FieldFact): unknown {
  const given = fact.default === undefined ? undefined : String(fact.default);
  if (given === "null") return null;
  if (fact.type.startsWith("[]") || fact.type === "bytes") return [];
  switch (fact.type) {
    case "bool":
      return given === "true";
    case "string":
      return given ?? "";
    case "uuid":
      return given ?? ZERO_UUID;
    case "records":
      return fact.nullableVersions === undefined ? [] : null;
  }
  // What is left is a number ("-1", "0x7fffffff"), or a struct, which has no default of its own.
  return /^[A-Z]/.test(fact.type) ? undefined : Number(given ?? 0);
}
