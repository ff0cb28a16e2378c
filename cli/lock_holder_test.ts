import { equal } from "node:assert/strict";
import { findHolder, lockHolder } from "./lock_holder.ts";

const LOCKS = `1: POSIX  ADVISORY  READ 5 fd:01:77 128 128
2: FLOCK  ADVISORY  WRITE 4321 fe:00:1234567 0 EOF
2: -> FLOCK  ADVISORY  WRITE 99 fe:00:7654321 0 EOF
3: POSIX  ADVISORY  WRITE 17 fe:00:42 0 EOF
`;

Deno.test("findHolder finds who holds a lock, be it Milena's kind or Java's, and not who waits for one", () => {
  equal(findHolder(LOCKS, 1234567), 4321);
  equal(findHolder(LOCKS, 42), 17);
  equal(findHolder(LOCKS, 7654321), undefined);
  equal(findHolder(LOCKS, 77), undefined);
  equal(findHolder("", 42), undefined);
});

Deno.test("lockHolder is at a loss where there is no lock file", () => {
  equal(lockHolder("/no/such/directory"), undefined);
});
