/**
 * OffsetCommit requests as one client that keeps many on their way sends them: made once, and numbered anew for each round, so
 * that the client costs the same, and little, whichever broker it talks to.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { encodeRequestHeader } from "../../protocol/header.ts";
import { Writer } from "../../protocol/primitives.ts";

/** Known to Apache Kafka 4.3 and to Milena, and names topics. */
const VERSION = 9;
const CLIENT_ID = "bench";
const SIZE_BYTES = 4;
const CORRELATION_ID = SIZE_BYTES + 4;
/** From its end: what is behind the committed offset, which the commit of one partition has last but for its note. */
const MARK = 0x1122_3344_5566;

export interface CommitFramesOptions {
  readonly group: string;
  readonly topic: string;
  /** Each round has one commit of each of these, by turns. */
  readonly partitions: number;
  /** Requests in one round. */
  readonly count: number;
}

export class CommitFrames {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly #view: DataView;
  /** Where requests begin, and where they have their offset. */
  readonly #starts: number[] = [];
  readonly #offsets: number[] = [];
  #committed = 0;

  constructor({ group, topic, partitions, count }: CommitFramesOptions) {
    this.count = count;
    const writer = new Writer(count * 128);
    for (let index = 0; index < count; index++) {
      const start = writer.position;
      this.#starts.push(start);
      writer.int32(0);
      encodeRequestHeader(writer, api.OffsetCommit.requestHeaderVersion(VERSION), {
        apiKey: api.OffsetCommit.key,
        apiVersion: VERSION,
        correlationId: 0,
        clientId: CLIENT_ID,
      });
      api.OffsetCommit.request.encode(writer, VERSION, {
        groupId: group,
        memberId: "",
        topics: [{
          name: topic,
          partitions: [{
            partitionIndex: index % partitions,
            committedOffset: MARK,
            committedMetadata: "",
          }],
        }],
      });
      writer.patchInt32(start, writer.position - start - SIZE_BYTES);
    }
    this.bytes = writer.bytes();
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    for (const start of this.#starts) this.#offsets.push(this.#find(start));
  }

  /** Numbers the requests for the next round; each commits an offset that is one more than the last one's. */
  next(): Uint8Array {
    for (let index = 0; index < this.count; index++) {
      this.#view.setInt32(this.#starts[index]! + CORRELATION_ID, this.#committed & 0x7fffffff);
      this.#view.setInt32(this.#offsets[index]! + 4, this.#committed++ & 0x7fffffff);
      this.#view.setInt32(this.#offsets[index]!, 0);
    }
    return this.bytes;
  }

  #find(start: number): number {
    for (let at = start; at < this.bytes.length - 8; at++) {
      if (this.#view.getBigInt64(at) === BigInt(MARK)) return at;
    }
    throw new Error("a commit without its offset");
  }
}
