/**
 * PLAIN (RFC 4616): the password as it is. Whoever can read the connection has it, and the broker learns it: for TLS.
 * @module
 */
import type { Credentials, SaslMechanism } from "./sasl_mechanism.ts";

/** Neither of the two may hold a zero character, which the form has between its fields. */
export function plain({ username, password }: Credentials): SaslMechanism {
  return {
    name: "PLAIN",
    toCheck: "sasl.username and sasl.password",
    begin: () => ({
      first: () => Promise.resolve(new TextEncoder().encode(`\0${username}\0${password}`)),
      next: () => Promise.resolve(undefined),
    }),
  };
}
