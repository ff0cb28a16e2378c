/**
 * What a producer's two threads tell each other besides what lies in shared memory.
 * @module
 */
import type { CompressionType } from "../../protocol/compression_type.ts";
import type { CommonConfig } from "../config/cluster_of.ts";
import type { OffsetToCommit } from "../consumer/committed_offsets.ts";
import type { GroupMetadata } from "../consumer/consumer_core.ts";
import type { OAuthBearerToken } from "../security/oauth_bearer.ts";
import type { BatchMemoryLayout } from "./batch_memory.ts";
import type { SentError } from "./producer_error.ts";

/** What a sender goes by. */
export interface SenderOptions {
  /** Without what only code can give. */
  readonly common: Omit<CommonConfig, "sasl.oauthbearer.token">;
  readonly hasTokens: boolean;
  readonly layout: BatchMemoryLayout;
  readonly acks: -1 | 0 | 1;
  readonly isIdempotent: boolean;
  readonly lingerMs: number;
  readonly compression: CompressionType;
  readonly compressionLevel: number | undefined;
  readonly maxRequestBytes: number;
  readonly maxInFlight: number;
  readonly deliveryTimeoutMs: number;
  readonly maxBlockMs: number;
  readonly retries: number;
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
}

export interface SenderCalls {
  initTransactions(): Promise<void>;
  sendOffsets(offsets: readonly OffsetToCommit[], group: GroupMetadata): Promise<void>;
  endTransaction(isCommit: boolean): Promise<void>;
  /** Fails what is not done, and ends. */
  close(): Promise<void>;
  metrics(): Promise<SenderMetrics>;
}

/** Counted since the start. */
export interface SenderMetrics {
  readonly requests: number;
  readonly batches: number;
  readonly records: number;
  /** Of batches as they were sent. */
  readonly bytes: number;
  readonly retries: number;
  readonly inFlight: number;
}

export type ToSender =
  /** Look at the ring. */
  | 0
  | { readonly kind: "start"; readonly options: SenderOptions }
  /** Find out about a topic, and tell again whenever that changes. */
  | { readonly kind: "topic"; readonly name: string; readonly isAgain: boolean }
  | {
    readonly kind: "call";
    readonly id: number;
    readonly method: keyof SenderCalls;
    readonly args: readonly unknown[];
  }
  | { readonly kind: "token"; readonly token: OAuthBearerToken }
  | { readonly kind: "noToken"; readonly message: string };

export type FromSender =
  /** Look at the ring. */
  | 0
  | {
    readonly kind: "topic";
    readonly name: string;
    readonly id: number;
    readonly partitionCount: number;
    readonly available: readonly number[] | null;
  }
  /** `isFinal`: it is not looked for any more; otherwise it still is, and this is why it was not found so far. */
  | { readonly kind: "noTopic"; readonly name: string; readonly error: SentError; readonly isFinal: boolean }
  | { readonly kind: "returned"; readonly id: number; readonly value: unknown }
  | { readonly kind: "threw"; readonly id: number; readonly error: SentError }
  /** Nothing can be sent any more. */
  | { readonly kind: "fatal"; readonly error: SentError }
  /** A transaction can only be aborted. */
  | { readonly kind: "abortable"; readonly error: SentError }
  | { readonly kind: "wantsToken" };
