/**
 * The way bytes go to a broker and come from it, whatever the program runs on.
 *
 * What must be true: at most one `read` and one `write` are on their way at a time; `read` takes no more off the
 * network than it gives, so that a peer is slowed down by whoever does not read; `write` has let go of its bytes when it
 * resolves; and after `close`, or when the connection broke, both reject.
 * @module
 */
export interface Socket {
  /** How many bytes came, at least one; null: the other side has ended. `into` is not empty. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /** How many bytes of these were taken, at least one. */
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** TLS, and what both sides prove by it. PEM all. */
export interface TlsOptions {
  /** Certificates of authorities. Without: those that the runtime trusts. */
  readonly ca?: string;
  /** This side's own certificate, and those between it and an authority; with `key`. */
  readonly cert?: string;
  readonly key?: string;
}

/** What an implementation is given. */
export interface OpeningOptions {
  readonly tls: TlsOptions | undefined;
  /** Aborted when nobody wants the socket any more: what was opened is closed. */
  readonly signal: AbortSignal;
}
