import { deepEqual, notDeepEqual } from "node:assert/strict";
import { differences, type FieldFact, messageFacts } from "./facts.ts";
import { codecs } from "./tables.ts";

Deno.test("facts.json names exactly the messages that have a table when both are listed", () => {
  deepEqual(messageFacts().map(({ name }) => name).sort(), codecs.map(({ name }) => name).sort());
});

for (const fact of messageFacts()) {
  Deno.test(`${fact.name} is Kafka's, row by row, when its table is compared with the facts`, () => {
    deepEqual(differences(fact, codecs.find(({ name }) => name === fact.name)!), []);
  });
}

Deno.test("differences finds every single change when a table or a fact is wrong", () => {
  let tried = 0;
  for (const fact of messageFacts()) {
    const codec = codecs.find(({ name }) => name === fact.name)!;
    const wrong = (what: string, change: () => void, undo: () => void) => {
      change();
      notDeepEqual(differences(fact, codec), [], `${fact.name}: ${what}`);
      undo();
      tried++;
    };
    const wrongIn = <T extends object, K extends keyof T>(object: T, key: K, value: T[K] | undefined) => {
      const before = object[key];
      const was = key in object;
      wrong(
        `${String(key)} ${String(before)} as ${String(value)}`,
        () => value === undefined ? delete object[key] : object[key] = value,
        () => was ? object[key] = before : delete object[key],
      );
    };
    wrongIn(fact, "validVersions", "0-99");
    wrongIn(fact, "flexibleVersions", "77+");
    wrongIn(fact, "apiKey", 99);
    for (const fields of fieldLists(fact.fields)) {
      const removed = fields.pop()!;
      wrong("a field left out", () => {}, () => fields.push(removed));
      if (fields.length > 1) wrong("another order", () => fields.reverse(), () => fields.reverse());
      for (const field of fields) {
        wrongIn(field, "name", `${field.name}X`);
        wrongIn(field, "type", "int48");
        wrongIn(field, "versions", "55+");
        wrongIn(field, "nullableVersions", field.nullableVersions === undefined ? "0+" : undefined);
        wrongIn(field, "tag", field.tag === undefined ? 3 : undefined);
        wrongIn(field, "taggedVersions", field.taggedVersions === undefined ? "0+" : undefined);
        wrongIn(field, "flexibleVersions", field.flexibleVersions === undefined ? "none" : undefined);
        // A struct has no default of its own, and records that may be null have no other.
        const hasChoice = !/^[A-Z]/.test(field.type) && field.type !== "records";
        if (hasChoice) wrongIn(field, "default", anotherDefault(field));
      }
    }
  }
  // Every message has rows; a loop that tried nothing would prove nothing.
  notDeepEqual(tried, 0);
});

function fieldLists(fields: FieldFact[]): FieldFact[][] {
  return [fields, ...fields.flatMap((field) => field.fields === undefined ? [] : fieldLists(field.fields))];
}

function anotherDefault({ type, default: given }: FieldFact): string | undefined {
  if (given === "null") return undefined;
  if (type === "bool") return given === "true" ? "false" : "true";
  return type.startsWith("[]") || type === "bytes" ? "null" : "77";
}
