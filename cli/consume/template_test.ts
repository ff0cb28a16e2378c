import { deepEqual, equal, throws } from "node:assert/strict";
import { ByteWriter } from "../../broker/http/byte_writer.ts";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { parseTemplate } from "./template.ts";
import type { ShownRecord } from "./record_format.ts";
import { TemplateFormat } from "./template_format.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const latin = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
const record: ShownRecord = {
  topic: "orders",
  partition: 3,
  offset: 42,
  timestamp: 1_700_000_000_123,
  key: bytes("k1"),
  value: bytes("héllo"),
  headers: [{ key: "a", value: bytes("1") }, { key: "b", value: null }],
};

function shownBytes(template: string, of: Partial<ShownRecord> = {}): Uint8Array {
  const writer = new ByteWriter();
  new TemplateFormat(parseTemplate(template)).write(writer, { ...record, ...of });
  return writer.finish();
}

function shown(template: string, of: Partial<ShownRecord> = {}): string {
  return new TextDecoder().decode(shownBytes(template, of));
}

Deno.test("parseTemplate knows kcat's and rpk's letters", () => {
  equal(shown("%t-%p@%o %k=%v\\n"), "orders-3@42 k1=héllo\n");
  equal(shown("%K %V %S %H %T %d %s"), "2 6 6 2 1700000000123 1700000000123 héllo");
  equal(shown("%T{iso}"), "2023-11-14T22:13:20.123Z");
  equal(shown("%T{iso}", { timestamp: -1 }), "-1");
});

Deno.test("parseTemplate shows bytes as they are, in hex or in base64, and null as nothing of length -1", () => {
  const binary = Uint8Array.of(0, 0xff, 0x0a, 0x7f);
  deepEqual(shownBytes("%v", { value: binary }), binary);
  equal(shown("%v{hex} %k{base64}", { value: binary }), "00ff0a7f azE=");
  equal(shown("[%k][%v]%K %V", { key: null, value: null }), "[][]-1 -1");
  equal(shown("[%v]%V", { value: new Uint8Array() }), "[]0");
});

Deno.test("parseTemplate shows headers in a list, or each as it is told", () => {
  equal(shown("%h"), "a=1,b=");
  equal(shown("%h{%k:%v{hex}(%V);}|"), "a:31(1);b:(-1);|");
  equal(shown("%h{<%K>%%%}}"), "<1>%}<1>%}");
  equal(shown("%h%h{%k}", { headers: [] }), "");
});

Deno.test("parseTemplate knows escapes", () => {
  equal(latin(shownBytes("\\n\\t\\r\\\\\\0\\x41\\xff%%%{%}")), "\n\t\r\\\0A\xff%{}");
  equal(shown("→😀"), "→😀");
});

Deno.test("parseTemplate names the column of what is wrong", () => {
  const wrong = (template: string, message: RegExp) => throws(() => parseTemplate(template), { message });
  wrong("%v %q", /column 4 there is no %q; there are %t /);
  wrong("%", /column 1 a letter must follow %/);
  wrong("ab\\y", /column 3 a backslash begins nothing/);
  wrong("\\x4", /column 1 a backslash begins nothing/);
  wrong("%k{octal}", /column 3 in braces hex or base64 may stand here, not "octal"/);
  wrong("%k{hex", /column 3 this brace is not closed/);
  wrong("%h{%k", /column 3 this brace is not closed/);
  wrong("%h{%t}", /column 4 of a header there are %k, %v, %K and %V/);
});

Deno.test("parseTemplate puts together what its pieces show alone", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const pieces = [
    "%t",
    "%p",
    "%o",
    "%k",
    "%v",
    "%K",
    "%V",
    "%h",
    "%H",
    "%h{%k=%v}",
    "%v{hex}",
    "\\n",
    "%%",
    "x",
    "é",
  ];
  for (let round = 0; round < 300; round++) {
    const chosen = Array.from({ length: random.below(12) }, () => random.pick(pieces));
    equal(shown(chosen.join("")), chosen.map((piece) => shown(piece)).join(""), `seed ${seed}: ${chosen}`);
  }
});
