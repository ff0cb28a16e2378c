/**
 * `struct epoll_event` as bytes: `uint32_t events` and `uint64_t data`. On x86-64 the kernel packs it (12 bytes, data
 * at 4) so that 32-bit programs see the same; elsewhere data is aligned (16 bytes, data at 8).
 *
 * Of the data, the low half is the descriptor, the high half the registration: a number that tells a descriptor from
 * an earlier one with the same number.
 * @module
 */

/** Where things are in an event, and how long it is. */
export interface EpollEventLayout {
  readonly byteLength: number;
  readonly dataPosition: number;
}

const PACKED: EpollEventLayout = { byteLength: 12, dataPosition: 4 };
const ALIGNED: EpollEventLayout = { byteLength: 16, dataPosition: 8 };

/** The layout on an architecture, named as in `Deno.build.arch`. */
export function epollEventLayout(arch: string): EpollEventLayout {
  return arch === "x86_64" ? PACKED : ALIGNED;
}

/** A sequence of events over bytes that the kernel reads or fills. */
export class EpollEvents {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #layout: EpollEventLayout;

  constructor(count: number, layout: EpollEventLayout = epollEventLayout(Deno.build.arch)) {
    this.bytes = new Uint8Array(count * layout.byteLength);
    this.#view = new DataView(this.bytes.buffer);
    this.#layout = layout;
  }

  get count(): number {
    return this.bytes.length / this.#layout.byteLength;
  }

  set(index: number, events: number, descriptor: number, registration: number): void {
    const position = index * this.#layout.byteLength;
    this.#view.setUint32(position, events, true);
    this.#view.setInt32(position + this.#layout.dataPosition, descriptor, true);
    this.#view.setUint32(position + this.#layout.dataPosition + 4, registration, true);
  }

  events(index: number): number {
    return this.#view.getUint32(index * this.#layout.byteLength, true);
  }

  descriptor(index: number): number {
    return this.#view.getInt32(index * this.#layout.byteLength + this.#layout.dataPosition, true);
  }

  registration(index: number): number {
    return this.#view.getUint32(index * this.#layout.byteLength + this.#layout.dataPosition + 4, true);
  }
}
