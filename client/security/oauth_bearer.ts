/**
 * OAUTHBEARER (RFC 7628, KIP-255): a token that somebody else gave, for the broker to look at. Whoever has it is its
 * bearer: for TLS.
 * @module
 */
import { ConnectionError } from "../connection_error.ts";
import type { SaslExchange, SaslMechanism } from "./sasl_mechanism.ts";

export interface OAuthBearerToken {
  /** Of RFC 6750: usually a JWT. */
  readonly token: string;
  /** SASL extensions (KIP-342). */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** Asked for a token for each proof, and so again before a session ends. */
export type TokenSource = () => OAuthBearerToken | Promise<OAuthBearerToken>;

const SEPARATOR = "\x01";
/** b64token of RFC 6750. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const EXTENSION_NAME = /^[A-Za-z]+$/;
const EXTENSION_VALUE = /^[\x20-\x7e\t\r\n]+$/;

export function oauthBearer(source: TokenSource): SaslMechanism {
  return {
    name: "OAUTHBEARER",
    toCheck: "the token that sasl.oauthbearer.token gives: its scope, audience and time",
    begin: () => new OAuthBearerExchange(source),
  };
}

class OAuthBearerExchange implements SaslExchange {
  readonly #source: TokenSource;
  /** JSON, when the broker refuses. */
  refusal: string | undefined;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  async first(): Promise<Uint8Array> {
    const { token, extensions = {} } = await this.#ask();
    if (typeof token !== "string" || !TOKEN.test(token)) {
      throw new Error(
        "sasl.oauthbearer.token gave no token, which is of letters, digits and -._~+/ with = at its end",
      );
    }
    const fields = [`auth=Bearer ${token}`];
    for (const [name, value] of Object.entries(extensions)) {
      if (!EXTENSION_NAME.test(name) || name === "auth" || !EXTENSION_VALUE.test(value)) {
        throw new Error(
          `sasl.oauthbearer.token gave an extension ${
            JSON.stringify(name)
          }, but names are of letters and not "auth", ` +
            "and values of printable ASCII",
        );
      }
      fields.push(`${name}=${value}`);
    }
    return new TextEncoder().encode(["n,,", ...fields, "", ""].join(SEPARATOR));
  }

  next(challenge: Uint8Array): Promise<Uint8Array | undefined> {
    if (challenge.length === 0) return Promise.resolve(undefined);
    if (this.refusal !== undefined) {
      throw new Error(`the broker goes on after it had refused with ${this.refusal}`);
    }
    this.refusal = new TextDecoder().decode(challenge);
    // So RFC 7628 has it: the broker ends the exchange when its refusal has been taken note of.
    return Promise.resolve(new TextEncoder().encode(SEPARATOR));
  }

  /** Who gives tokens may be away for a moment, as a broker may. */
  async #ask(): Promise<OAuthBearerToken> {
    try {
      return await this.#source();
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      throw new ConnectionError("unreachable", `sasl.oauthbearer.token gave no token: ${said}`, false, {
        cause: error,
      });
    }
  }
}
