/**
 * What can become of a record besides being delivered.
 * @module
 */
import { ResponseError } from "../response_error.ts";

export type ProducerFailure =
  /** The producer is closed, or is being closed. */
  | "closed"
  /** The record is larger than may be sent. */
  | "too-large"
  /** A serializer made no bytes of it. */
  | "not-serialized"
  /** The record names a partition that its topic does not have. */
  | "no-partition"
  /** buffer.memory is full, or the topic is not known, for max.block.ms. */
  | "no-room"
  /** Not acknowledged within delivery.timeout.ms; it may have been written all the same. */
  | "not-delivered"
  /** Its transaction was aborted. */
  | "aborted"
  /** Another producer has taken over the transactional id. */
  | "fenced"
  /** Not possible in the state that the producer's transactions are in. */
  | "state"
  /** Whatever else. */
  | "failed";

export class ProducerError extends Error {
  override name = "ProducerError";

  /** `retriable`: whether the same may succeed later. */
  constructor(
    readonly failure: ProducerFailure,
    message: string,
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error as it goes from one thread to the other. */
export type SentError =
  | { readonly code: number; readonly what: string; readonly detail: string | null }
  | { readonly failure: ProducerFailure; readonly message: string; readonly retriable: boolean };

export function sentError(error: unknown): SentError {
  if (error instanceof ResponseError) {
    return { code: error.code, what: error.what, detail: error.detail ?? null };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ProducerError) {
    const { failure, retriable } = error;
    return { failure, message, retriable };
  }
  const retriable = error instanceof Error && "retriable" in error && error.retriable === true;
  return { failure: "failed", message, retriable };
}

export function receivedError(sent: SentError): ResponseError | ProducerError {
  return "code" in sent
    ? new ResponseError(sent.code, sent.what, sent.detail)
    : new ProducerError(sent.failure, sent.message, sent.retriable);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An error in at most `maxBytes` bytes. */
export function errorBytes(error: unknown, maxBytes: number): Uint8Array {
  const sent = sentError(error);
  const bytes = encoder.encode(JSON.stringify(sent));
  if (bytes.length <= maxBytes) return bytes;
  // A message takes six bytes a character at most.
  const shorter = (text: string) => text.slice(0, Math.floor(maxBytes / 16));
  return encoder.encode(JSON.stringify(
    "code" in sent
      ? { ...sent, what: shorter(sent.what), detail: sent.detail === null ? null : shorter(sent.detail) }
      : { ...sent, message: shorter(sent.message) },
  ));
}

export function errorOfBytes(bytes: Uint8Array): Error {
  try {
    return receivedError(JSON.parse(decoder.decode(bytes)));
  } catch {
    return new ProducerError("failed", "the batch was not delivered, and the reason was lost", false);
  }
}
