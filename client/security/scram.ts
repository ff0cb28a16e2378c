/**
 * SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677): each side shows that it knows the password, and neither tells it.
 *
 * What must be true: what the broker sends is held against what must be in it before anything is computed from it, so that
 * it can neither have us hash for hours (iterations are bounded) nor have weak hashes of the password (they are bounded
 * below, too); its nonce begins with ours and goes on; and it is not believed until its signature is right.
 *
 * The password is not prepared by SASLprep, since Kafka's brokers and tools do not prepare it either.
 * @module
 */
import { fromBase64, toBase64 } from "./base64.ts";
import type { Credentials, SaslExchange, SaslMechanism } from "./sasl_mechanism.ts";

export interface ScramOptions extends Credentials {
  readonly hash: "SHA-256" | "SHA-512";
  /** For tests. Default: 24 random bytes in base64. */
  readonly nonce?: () => string;
}

const MIN_ITERATIONS = 4096;
/** About half a second. */
const MAX_ITERATIONS = 1_000_000;
/** "n,,": no channel binding, and nobody else to act for. "biws" is that in base64. */
const GS2_HEADER = "n,,";
const CHANNEL_BINDING = "c=biws";

export function scram(options: ScramOptions): SaslMechanism {
  const name = `SCRAM-${options.hash}`;
  return {
    name,
    toCheck: `sasl.username and sasl.password, and whether the user has credentials for ${name}`,
    begin: () => new ScramExchange(options),
  };
}

const encoder = new TextEncoder();

class ScramExchange implements SaslExchange {
  readonly #hash: string;
  readonly #username: string;
  readonly #password: string;
  readonly #nonce: string;
  /** What the broker must sign. Undefined until it has told its part. */
  #signature: Uint8Array | undefined;

  constructor({ hash, username, password, nonce = randomNonce }: ScramOptions) {
    this.#hash = hash;
    this.#username = username;
    this.#password = password;
    this.#nonce = nonce();
  }

  get #firstBare(): string {
    return `n=${this.#username.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${this.#nonce}`;
  }

  first(): Promise<Uint8Array> {
    return Promise.resolve(encoder.encode(GS2_HEADER + this.#firstBare));
  }

  async next(challenge: Uint8Array): Promise<Uint8Array | undefined> {
    const said = new TextDecoder().decode(challenge);
    if (this.#signature === undefined) return encoder.encode(await this.#prove(said));
    this.#verify(said, this.#signature);
    return undefined;
  }

  async #prove(serverFirst: string): Promise<string> {
    const { nonce, salt, iterations } = this.#readFirst(serverFirst);
    const salted = await this.#stretch(salt, iterations);
    const withoutProof = `${CHANNEL_BINDING},r=${nonce}`;
    const message = encoder.encode(`${this.#firstBare},${serverFirst},${withoutProof}`);
    const clientKey = await this.#sign(salted, encoder.encode("Client Key"));
    const storedKey = new Uint8Array(await crypto.subtle.digest(this.#hash, clientKey));
    const clientSignature = await this.#sign(storedKey, message);
    const serverKey = await this.#sign(salted, encoder.encode("Server Key"));
    this.#signature = await this.#sign(serverKey, message);
    return `${withoutProof},p=${toBase64(clientKey.map((byte, i) => byte ^ clientSignature[i]!))}`;
  }

  #readFirst(said: string): { nonce: string; salt: Uint8Array<ArrayBuffer>; iterations: number } {
    refuseError(said);
    const [, nonce, saltText, iterationsText] = /^r=([^,]+),s=([^,]+),i=(\d{1,10})(?:,|$)/.exec(said) ?? [];
    const salt = fromBase64(saltText ?? "");
    if (nonce === undefined || salt === undefined) {
      throw new Error("the broker answered with what is no first message of SCRAM");
    }
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw new Error(
        "the broker's nonce does not go on where ours ends: its answer belongs to another proof",
      );
    }
    const iterations = Number(iterationsText);
    if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
      throw new Error(
        `the broker wants ${iterations} iterations, where ${MIN_ITERATIONS} to ${MAX_ITERATIONS} are made`,
      );
    }
    return { nonce, salt, iterations };
  }

  #verify(said: string, expected: Uint8Array): void {
    refuseError(said);
    const given = fromBase64(/^v=([^,]+)(?:,|$)/.exec(said)?.[1] ?? "");
    if (given === undefined || !isEqual(given, expected)) {
      throw new Error("the broker does not know the password: it is not the one it should be");
    }
  }

  async #stretch(salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<Uint8Array<ArrayBuffer>> {
    const password = await crypto.subtle.importKey("raw", encoder.encode(this.#password), "PBKDF2", false, [
      "deriveBits",
    ]);
    const bitCount = this.#hash === "SHA-512" ? 512 : 256;
    return new Uint8Array(
      await crypto.subtle.deriveBits(
        { name: "PBKDF2", hash: this.#hash, salt, iterations },
        password,
        bitCount,
      ),
    );
  }

  async #sign(
    key: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: this.#hash }, false, [
      "sign",
    ]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", hmac, message));
  }
}

function refuseError(said: string): void {
  const error = /^e=([^,]*)/.exec(said)?.[1];
  if (error !== undefined) throw new Error(`the broker says ${JSON.stringify(error)}`);
}

function randomNonce(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(24)));
}

/** Takes as long for any two of a length. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
