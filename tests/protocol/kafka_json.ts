/**
 * Compares what a table reads with what Kafka's own classes read, told in Kafka's JSON: a field that the version lacks
 * or that is at its default may be missing there, bytes are base64, and records are told by their size.
 * @module
 */
import { equal } from "node:assert/strict";
import type { Field, Fields } from "../../protocol/schema.ts";
import { type KafkaJson, toBase64 } from "./golden_frames.ts";

type Message = Readonly<Record<string, unknown>>;

/** Throws, naming the field, if `message` is not what `json` says. */
export function equalsKafkaJson(fields: Fields, message: Message, json: KafkaJson, path: string): void {
  const untold = new Set(Object.keys(json));
  for (const [name, field] of Object.entries(fields)) {
    const at = `${path}.${name}`;
    const value = message[name];
    const size = `${name}SizeInBytes`;
    if (untold.delete(name)) equalsValue(field, value, json[name], at);
    else if (untold.delete(size)) equal((value as Uint8Array).length, json[size], at);
    else if (field.type === "struct" && value !== null) {
      equalsKafkaJson(field.fields!, value as Message, {}, at);
    } else equalsDefault(field, value, at);
  }
  equal([...untold].join(", "), "", `${path} has fields in Kafka that the table lacks`);
}

function equalsValue(field: Field, value: unknown, json: unknown, path: string): void {
  if (value === null || json === null) return equal(value, json, path);
  if (field.type === "struct") {
    return equalsKafkaJson(field.fields!, value as Message, json as KafkaJson, path);
  }
  if (field.type !== "array") {
    return equal(value instanceof Uint8Array ? toBase64(value) : value, json, path);
  }
  const [elements, told] = [value as unknown[], json as unknown[]];
  equal(elements.length, told.length, `${path}: count`);
  for (const [index, element] of elements.entries()) {
    const at = `${path}[${index}]`;
    if (field.fields === undefined) equal(element, told[index], at);
    else equalsKafkaJson(field.fields, element as Message, told[index] as KafkaJson, at);
  }
}

function equalsDefault(field: Field, value: unknown, path: string): void {
  const plain = (one: unknown) => one instanceof Uint8Array || Array.isArray(one) ? one.length : one;
  equal(plain(value), plain(field.default), `${path} is not told by Kafka, so it is at its default`);
}
