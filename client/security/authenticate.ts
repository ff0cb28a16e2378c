/**
 * A client proves to a broker who it is: SaslHandshake names the mechanism, and SaslAuthenticate carries what it says.
 *
 * What must be true: a refusal is told in the broker's words and as final, since the same again is refused again, and an
 * account may be locked for it.
 * @module
 */
import { type Api, api } from "../../protocol/apis.ts";
import { ErrorCode, errorMessage, errorName } from "../../protocol/errors.ts";
import { ConnectionError } from "../connection_error.ts";
import type { SaslMechanism } from "./sasl_mechanism.ts";

/** Asks the broker, ahead of whatever else is to be asked. */
export type AskSasl = <Body, Answer>(asked: Api<unknown, Body, Answer, never>, body: Body) => Promise<Answer>;

/** How many milliseconds the broker takes the proof for good; 0: as long as the connection lasts. `peer`: whom it is. */
export async function authenticate(mechanism: SaslMechanism, peer: string, ask: AskSasl): Promise<number> {
  const what = `the broker at ${peer} refuses ${mechanism.name}`;
  const handshake = await ask(api.SaslHandshake, { mechanism: mechanism.name }).catch((error) => {
    throw error instanceof ConnectionError && error.failure === "unsupported"
      ? withoutSasl(peer, error)
      : error;
  });
  switch (handshake.errorCode) {
    case ErrorCode.NONE:
      break;
    case ErrorCode.UNSUPPORTED_SASL_MECHANISM: {
      const theirs = handshake.mechanisms.join(", ") || "none";
      throw refused(
        `${what}: it offers ${theirs}; set sasl.mechanism to one of these, or have it enabled there`,
      );
    }
    case ErrorCode.ILLEGAL_SASL_STATE:
      throw refused(
        `${what}: that port does not ask who one is; set security.protocol to PLAINTEXT or SSL, or use the port that does`,
      );
    default:
      throw refused(`${what}: ${errorName(handshake.errorCode)} (${errorMessage(handshake.errorCode)})`);
  }
  const exchange = mechanism.begin();
  try {
    for (let bytes = await exchange.first();;) {
      const answer = await ask(api.SaslAuthenticate, { authBytes: bytes });
      if (answer.errorCode !== ErrorCode.NONE) {
        const said = [answer.errorMessage || errorMessage(answer.errorCode), exchange.refusal ?? []].flat()
          .join(" ");
        throw refused(`${what}: ${errorName(answer.errorCode)} (${said}); check ${mechanism.toCheck}`);
      }
      const next = await exchange.next(answer.authBytes);
      if (next === undefined) return answer.sessionLifetimeMs;
      bytes = next;
    }
  } catch (error) {
    if (error instanceof ConnectionError) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw refused(`no ${mechanism.name} with the broker at ${peer}: ${said}`, error);
  }
}

function withoutSasl(peer: string, cause: unknown): ConnectionError {
  return refused(
    `the broker at ${peer} has no SASL, so it can't be told who we are; set security.protocol to PLAINTEXT or SSL`,
    cause,
  );
}

function refused(message: string, cause?: unknown): ConnectionError {
  return new ConnectionError("authentication", message, false, { cause });
}
