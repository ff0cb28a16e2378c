import { deepEqual, equal } from "node:assert/strict";
import {
  anything,
  atLeast,
  between,
  boolean,
  choice,
  defaultValue,
  double,
  either,
  int,
  list,
  long,
  LONG_MAX,
  type Setting,
  settingProblem,
  short,
  text,
} from "./setting.ts";

function problem(setting: Setting, value: string, name = "some.setting"): string | undefined {
  return settingProblem(name, setting, value);
}

Deno.test("int accepts what Java reads as an int, and says its range otherwise", () => {
  const setting = int(5, atLeast(2), "x");
  deepEqual(setting.parse(" 7 "), { value: 7 });
  deepEqual(setting.parse("+7"), { value: 7 });
  equal(problem(setting, "1"), 'some.setting is "1", but must be at least 2');
  equal(problem(setting, "seven"), 'some.setting is "seven", but must be a whole number (int)');
  equal(problem(setting, "2147483648"), 'some.setting is "2147483648", but must be at most 2147483647 (int)');
  equal(problem(setting, "7.5"), 'some.setting is "7.5", but must be a whole number (int)');
  equal(problem(setting, ""), 'some.setting is "", but must be a whole number (int)');
});

Deno.test("short and long know how many bits they have", () => {
  equal(
    problem(short(1, anything, "x"), "32768"),
    'some.setting is "32768", but must be at most 32767 (short)',
  );
  const setting = long(LONG_MAX, anything, "x");
  equal(defaultValue(setting), 2 ** 63);
  equal(problem(setting, LONG_MAX), undefined);
  equal(
    problem(setting, "9223372036854775808"),
    'some.setting is "9223372036854775808", but must be at most 9223372036854775807 (long)',
  );
  equal(problem(setting, "-9223372036854775808"), undefined);
});

Deno.test("double accepts decimals and exponents only", () => {
  const setting = double(0.5, between(0, 1), "x");
  deepEqual(setting.parse("1e-1"), { value: 0.1 });
  deepEqual(setting.parse(".25"), { value: 0.25 });
  equal(problem(setting, "1.5"), 'some.setting is "1.5", but must be between 0 and 1');
  equal(problem(setting, "half"), 'some.setting is "half", but must be a number (double)');
});

Deno.test("boolean accepts true and false in any case, and nothing else", () => {
  const setting = boolean(false, "x");
  deepEqual(setting.parse("TRUE"), { value: true });
  deepEqual(setting.parse("false"), { value: false });
  equal(problem(setting, "yes"), 'some.setting is "yes", but must be true or false');
});

Deno.test("choice and list name what they accept", () => {
  const one = choice("a", ["a", "b"], "x");
  equal(problem(one, "c"), 'some.setting is "c", but must be one of a, b');
  const many = list("a", ["a", "b"], "x");
  deepEqual(many.parse("b , a"), { value: ["b", "a"] });
  deepEqual(many.parse(""), { value: [] });
  equal(problem(many, "a,c"), 'some.setting is "a,c", but must be any of a, b');
  equal(problem(many, "a,a"), 'some.setting is "a,a", but must be any of a, b');
  deepEqual(list(null, undefined, "x").parse("p, q"), { value: ["p", "q"] });
});

Deno.test("either accepts the exception and the range", () => {
  const setting = int(-1, either(-1, between(1, 9)), "x");
  deepEqual(setting.parse("-1"), { value: -1 });
  equal(problem(setting, "0"), 'some.setting is "0", but must be -1 or between 1 and 9');
});

Deno.test("settingProblem tells whoever writes a unit the number to write", () => {
  equal(
    problem(int(1, anything, "x"), "1GB", "segment.bytes"),
    'segment.bytes is "1GB", but must be a whole number (int): write 1073741824',
  );
  equal(
    problem(long(1, anything, "x"), "7d", "retention.ms"),
    'retention.ms is "7d", but must be a whole number (long): write 604800000',
  );
  equal(
    problem(int(1, anything, "x"), "7d", "num.partitions"),
    'num.partitions is "7d", but must be a whole number (int)',
  );
});

Deno.test("defaultValue is the parsed default, null where there is none", () => {
  equal(defaultValue(int(null, anything, "x")), null);
  equal(defaultValue(text("y", "x")), "y");
  deepEqual(defaultValue(list("a,b", undefined, "x")), ["a", "b"]);
});
