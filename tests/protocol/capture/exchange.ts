/**
 * A request and its answer as bytes, and how they are found in the two streams of a connection.
 * @module
 */
import { type Frame, FrameStatus, splitFrame } from "../../../protocol/frame.ts";

/** Both without the length before them, with their headers. */
export interface Exchange {
  readonly apiKey: number;
  readonly version: number;
  readonly request: Uint8Array;
  /** Missing: none was wanted (acks 0), or none came. */
  readonly response?: Uint8Array;
}

interface Asked extends Exchange {
  readonly correlationId: number;
}

/** Gathers what passes on one connection. Answers come in the order of the requests; those without one are passed over. */
export class ExchangeGatherer {
  readonly #requests = new FrameCutter();
  readonly #responses = new FrameCutter();
  readonly #waiting: Asked[] = [];
  readonly #onExchange: (exchange: Exchange) => void;

  constructor(onExchange: (exchange: Exchange) => void) {
    this.#onExchange = onExchange;
  }

  fromClient(bytes: Uint8Array): void {
    for (const request of this.#requests.cut(bytes)) {
      const view = new DataView(request.buffer, request.byteOffset);
      const [apiKey, version, correlationId] = [view.getInt16(0), view.getInt16(2), view.getInt32(4)];
      this.#waiting.push({ apiKey, version, correlationId, request });
    }
  }

  fromBroker(bytes: Uint8Array): void {
    for (const response of this.#responses.cut(bytes)) {
      const answered = new DataView(response.buffer, response.byteOffset).getInt32(0);
      const index = this.#waiting.findIndex(({ correlationId }) => correlationId === answered);
      if (index < 0) throw new Error(`an answer has correlation id ${answered}, which nobody asked with`);
      const [asked, ...unanswered] = this.#waiting.splice(0, index + 1).reverse();
      for (const each of unanswered.reverse()) this.#onExchange(each);
      this.#onExchange({ ...asked!, response });
    }
  }

  end(): void {
    for (const asked of this.#waiting.splice(0)) this.#onExchange(asked);
  }
}

class FrameCutter {
  #rest = new Uint8Array();

  /** Copies of the frames that are whole with `bytes`. */
  cut(bytes: Uint8Array): Uint8Array[] {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const frame: Frame = { status: FrameStatus.incomplete, bodyStart: 0, bodyEnd: 0, missingBytes: 0 };
    const frames: Uint8Array[] = [];
    let start = 0;
    for (;;) {
      splitFrame(all, start, all.length, 2 ** 30, frame);
      if (frame.status === FrameStatus.refused) throw new Error("a frame's length is no length");
      if (frame.status === FrameStatus.incomplete) break;
      frames.push(all.slice(frame.bodyStart, frame.bodyEnd));
      start = frame.bodyEnd;
    }
    this.#rest = all.slice(start);
    return frames;
  }
}
