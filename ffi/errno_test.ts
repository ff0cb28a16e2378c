import assert from "node:assert/strict";
import { constants } from "node:os";
import { Errno, errnoName, errnoNumber, errnoText } from "./errno.ts";

Deno.test("Errno has the numbers of this system", () => {
  for (const [name, number] of Object.entries(Errno)) {
    assert.equal(errnoNumber(name), number, name);
    const known = (constants.errno as Record<string, number>)[name];
    if (known !== undefined) assert.equal(number, known, name);
  }
});

Deno.test("errnoName agrees with the system on every number it knows", () => {
  let compared = 0;
  for (const [name, number] of Object.entries(constants.errno)) {
    const ours = errnoName(number);
    if (ours.startsWith("ERRNO_")) continue;
    // Two names for one number: EWOULDBLOCK is EAGAIN, ENOTSUP is EOPNOTSUPP.
    if (ours !== name) assert.equal((constants.errno as Record<string, number>)[ours], number, name);
    compared++;
  }
  assert(compared > 40, `only ${compared} names compared`);
});

Deno.test("errnoName and errnoText have an answer for any number", () => {
  assert.equal(errnoName(4000), "ERRNO_4000");
  assert.equal(errnoText(4000), "Error 4000");
  assert.equal(errnoNumber("ENOSUCH"), undefined);
});
