/**
 * Exchanges between real clients and Apache Kafka 4.3, with what Kafka's own classes read in them; one line of JSON
 * each in `golden_frames.jsonl`. `capture/main.ts` records them.
 * @module
 */
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { handlers } from "../../broker/handlers/mod.ts";
import type { Exchange } from "./capture/exchange.ts";

export const goldenFramesPath = fileURLToPath(new URL("./golden_frames.jsonl", import.meta.url));

/** Objects as Kafka's JSON has them: fields in camel case, bytes in base64, instead of records their size. */
export type KafkaJson = Record<string, unknown>;

export interface GoldenExchange extends Exchange {
  /** The library, such as "kafkajs". */
  readonly client: string;
  readonly read: {
    readonly clientId: string | null;
    readonly request: KafkaJson;
    /** Bytes after the request's end, which Kafka passes over. */
    readonly unread: number;
    /** Missing: there is none. */
    readonly response?: KafkaJson;
    /** What consumers tell each other in it, in the order of the wire. */
    readonly payloads?: readonly GoldenPayload[];
  };
}

export interface GoldenPayload {
  readonly name: "ConsumerProtocolSubscription" | "ConsumerProtocolAssignment";
  readonly version: number;
  /** In base64, with the version before. */
  readonly bytes: string;
  readonly read: KafkaJson;
}

export function parseGoldenExchange(line: string): GoldenExchange {
  const { request, response, ...rest } = JSON.parse(line);
  return {
    ...rest,
    request: fromBase64(request),
    ...response === undefined ? {} : { response: fromBase64(response) },
  };
}

export function formatGoldenExchange(
  { client, apiKey, version, request, response, read }: GoldenExchange,
): string {
  return JSON.stringify({
    client,
    apiKey,
    version,
    request: toBase64(request),
    ...response === undefined ? {} : { response: toBase64(response) },
    read,
  });
}

export function readGoldenExchanges(): GoldenExchange[] {
  return Deno.readTextFileSync(goldenFramesPath).trimEnd().split("\n").map(parseGoldenExchange);
}

/** Those whose request our broker serves. */
export function servedGoldenExchanges(): GoldenExchange[] {
  return readGoldenExchanges().filter(({ apiKey, version }) => {
    const versions = handlers.get(apiKey)?.versions;
    return versions !== undefined && version >= versions.from && version <= versions.to;
  });
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
