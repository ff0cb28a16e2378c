import { deepEqual, equal, throws } from "node:assert/strict";
import { type CommandFailure, ExitCode, FlagValues } from "./command.ts";
import { keyValues, numberFlag, partitionNumbers } from "./operands.ts";

function refusal(read: () => unknown): string {
  let message = "";
  throws(read, (error: CommandFailure) => {
    equal(error.exitCode, ExitCode.USAGE);
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("numberFlag takes whole numbers of its range", () => {
  const read = (text: string, most?: number) =>
    numberFlag(new FlagValues(new Map([["n", [text]]])), "n", {
      least: 1,
      ...most === undefined ? {} : { most },
    });
  equal(read("1"), 1);
  equal(read("+5", 5), 5);
  equal(numberFlag(new FlagValues(), "n", { least: 1 }), undefined);
  for (const text of ["0", "-1", "1.5", "1e3", "", " ", "ten", "99999999999999999999"]) {
    equal(refusal(() => read(text)), `--n is "${text}", but must be a whole number of at least 1`);
  }
  equal(refusal(() => read("6", 5)), '--n is "6", but must be a whole number between 1 and 5');
});

Deno.test("keyValues cuts at the first equals sign", () => {
  deepEqual([...keyValues(["a=1", "b = x=y ", "c="], "--set")], [["a", "1"], ["b", "x=y"], ["c", ""]]);
  for (const text of ["a", "=1", ""]) {
    equal(refusal(() => keyValues([text], "--set")).split(",")[0], `--set is "${text}"`);
  }
});

Deno.test("partitionNumbers takes numbers and ranges, in any order, and each once", () => {
  deepEqual(partitionNumbers(["5-7,0", "2,6"], "-p"), [0, 2, 5, 6, 7]);
  equal(partitionNumbers([], "-p"), undefined);
  for (const text of ["", "x", "3-1", "-1", "1-", "0-999999999", "1,,2"]) {
    equal(
      /^-p has ".*", but must be partition numbers/.test(refusal(() => partitionNumbers([text], "-p"))),
      true,
      text,
    );
  }
});
