/**
 * One request on its way through a handler: its header, its body still to be read, and the place of its answer.
 * The body's bytes are only valid while the handler runs; what waits longer must not refer to them.
 * @module
 */
import type { AnyApi } from "../protocol/apis.ts";
import type { MessageCodec } from "../protocol/codec.ts";
import type { RequestHeader } from "../protocol/header.ts";
import { type Reader, Writer } from "../protocol/primitives.ts";
import type { FileSlice } from "../storage/disk.ts";
import { type Connection, ProtocolViolation } from "./reactor/connection.ts";
import type { PendingReply, ReplyPart } from "./reactor/reply.ts";

const SIZE_BYTES = 4;
const CORRELATION_ID_BYTES = 4;
const TAGGED_FIELDS_BYTES = 1;
/** Enough for the answer to most requests; the codec makes room for more where it needs it. */
const EXPECTED_BODY_BYTES = 128;

export class Request {
  constructor(
    readonly connection: Connection,
    readonly api: AnyApi,
    readonly header: RequestHeader,
    readonly body: Reader,
    readonly reply: PendingReply,
  ) {}

  get version(): number {
    return this.header.apiVersion;
  }

  /**
   * Reads the body. What is cut short or lies about its lengths closes the connection. Bytes behind it are passed over,
   * as in Kafka: librdkafka's Metadata 13 has three.
   */
  decode<T, Input>(codec: MessageCodec<T, Input>): T {
    const value = codec.decode(this.body, this.version);
    if (this.body.failed) {
      throw new ProtocolViolation(
        `sent a ${codec.name} version ${this.version} that can't be read: ${this.body.failure}`,
      );
    }
    return value;
  }

  /**
   * Answers with `value`. Records in it may be {@link FileSlice}s, each retained: they are sent from where they are.
   * @param version of the answer, where it is not the request's.
   */
  answer<T, Input>(codec: MessageCodec<T, Input>, value: Input, version = this.version): void {
    const writer = new Writer(SIZE_BYTES + CORRELATION_ID_BYTES + TAGGED_FIELDS_BYTES + EXPECTED_BODY_BYTES);
    writer.int32(0);
    writer.int32(this.header.correlationId);
    if (this.api.responseHeaderVersion(version) > 0) writer.uvarint(0);
    codec.encode(writer, version, value);
    writer.patchInt32(0, writer.position + writer.externalLength - SIZE_BYTES);
    this.connection.answer(this.reply, partsOf(writer));
  }

  /** The client wants no answer. */
  skipAnswer(): void {
    this.connection.answer(this.reply, []);
  }
}

/** What was written, with the slices between. */
function partsOf(writer: Writer): ReplyPart[] {
  const bytes = writer.bytes();
  const parts: ReplyPart[] = [];
  let from = 0;
  for (const { position, part } of writer.externals) {
    parts.push(bytes.subarray(from, position), part as FileSlice);
    from = position;
  }
  if (from < bytes.length) parts.push(bytes.subarray(from));
  return parts;
}
