/**
 * What a runtime says of TLS that failed, as advice. Deno (rustls) and Node (OpenSSL) have words of their own for the same
 * few causes.
 * @module
 */
interface Cause {
  readonly words: RegExp;
  readonly advice: string;
}

const causes: readonly Cause[] = [
  {
    words:
      /UnknownIssuer|BadSignature|SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED|CaUsedAsEndEntity/,
    advice:
      "its certificate is signed by an authority that is not trusted here; give that authority's certificate in " +
      "ssl.ca",
  },
  {
    words: /NotValidForName|not valid for name|ERR_TLS_CERT_ALTNAME_INVALID/,
    advice:
      "its certificate is for other names; use one that is in the certificate, in bootstrap.servers here and in the " +
      "broker's advertised.listeners",
  },
  {
    words:
      /invalid peer certificate: (Expired|NotValidYet)|certificate (expired|not valid yet)|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    advice:
      "its certificate has expired or is not valid yet; renew it there, or see that the clock of this machine is " +
      "right",
  },
  {
    words:
      /InvalidContentType|InvalidMessage|WRONG_VERSION_NUMBER|wrong version number|unexpected message|PACKET_LENGTH_TOO_LONG/,
    advice:
      "that port does not speak TLS; set security.protocol to PLAINTEXT or SASL_PLAINTEXT, or use the port that does",
  },
  {
    words:
      /(received fatal alert:? (\w*Certificate\w*|UnknownCA|HandshakeFailure))|ALERT_\w*(CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/,
    advice:
      "it wants a certificate from this client, of an authority that it trusts; give one in ssl.cert and its key in " +
      "ssl.key",
  },
  {
    words:
      /No (certificates|keys) found|BadEncoding|ERR_OSSL|PEM_|KEY_VALUES_MISMATCH|KeyMismatch|DecodeError|Unable to decode key/i,
    advice:
      "ssl.ca, ssl.cert or ssl.key can't be used; each must be the text of a PEM file, and ssl.key belong to ssl.cert",
  },
];

/** What to do about `error`; undefined if it is not about TLS, or may pass by itself. */
export function tlsAdvice(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const said = `${"code" in error ? error.code : ""} ${error.message}`;
  return causes.find(({ words }) => words.test(said))?.advice;
}

/** Whether the other side went away in the middle of a TLS handshake: as one does that takes it for nonsense. */
export function isCutHandshake(error: unknown): boolean {
  return error instanceof Error &&
    /handshake eof|UnexpectedEof|ECONNRESET|Connection reset|before secure TLS connection|unexpected eof|close_notify/i
      .test(`${error.name} ${"code" in error ? error.code : ""} ${error.message}`);
}
