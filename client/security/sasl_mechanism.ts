/**
 * A way of proving who one is, by SASL (RFC 4422): messages in turn, of which only the mechanism knows the meaning.
 * @module
 */
export interface SaslMechanism {
  /** As SaslHandshake has it: "SCRAM-SHA-256". */
  readonly name: string;
  /** What is to be looked at when the broker refuses: "sasl.username and sasl.password". */
  readonly toCheck: string;
  /** For one proof. */
  begin(): SaslExchange;
}

/** What throws here tells, as the end of a sentence, why the other side is not believed. */
export interface SaslExchange {
  /** What to begin with. */
  first(): Promise<Uint8Array>;
  /** The answer to `challenge`; undefined: all is said, and the broker is who it should be. */
  next(challenge: Uint8Array): Promise<Uint8Array | undefined>;
  /** What the broker said in the mechanism's own words, if it refused so. */
  readonly refusal?: string | undefined;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}
