/**
 * What OAUTHBEARER proves who one is with (RFC 7628, KIP-255).
 * @module
 */

export interface OAuthBearerToken {
  /** Of RFC 6750: usually a JWT. */
  readonly token: string;
  /** SASL extensions (KIP-342). */
  readonly extensions?: Readonly<Record<string, string>>;
}
