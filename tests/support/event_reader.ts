/**
 * Reads Server-Sent Events as the HTML standard (9.2) has it: an event counts when its blank line has come, and what was cut
 * off before is as if it had never been sent.
 * @module
 */
export interface ServerEvent {
  /** "message" if it has no name. */
  readonly name: string;
  readonly data: string;
}

export class EventReader {
  /** Where to go on after a cut: to be sent as Last-Event-ID. */
  lastEventId: string | undefined;
  #rest = "";
  #decoder = new TextDecoder();

  /** A new connection: what came last of the one before and was not whole is forgotten. */
  begin(): void {
    this.#rest = "";
    this.#decoder = new TextDecoder();
  }

  /** The events that are whole with `bytes`. */
  *take(bytes: Uint8Array): Generator<ServerEvent> {
    const blocks = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n\n");
    this.#rest = blocks.pop()!;
    for (const block of blocks) {
      const event = this.#event(block);
      if (event !== undefined) yield event;
    }
  }

  #event(block: string): ServerEvent | undefined {
    let name = "message";
    let data: string | undefined;
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      const field = line.slice(0, colon);
      const value = line.slice(colon + 1).replace(/^ /, "");
      if (field === "id") this.lastEventId = value;
      else if (field === "event") name = value;
      else if (field === "data") data = data === undefined ? value : `${data}\n${value}`;
    }
    return data === undefined ? undefined : { name, data };
  }
}
