/**
 * HTTP on the Kafka port: the bytes of a client's connection are carried to the HTTP server's Unix socket, and what it
 * answers back, until both sides have finished. Nothing of HTTP is understood here.
 *
 * What must be true: bytes go in order and unchanged; a direction holds at most one scratch buffer's bytes, and is not read
 * from while it holds any, so the one who sends is slowed by the one who does not read; and an end is handed on only after
 * all that came before it.
 * @module
 */
import { READABLE, type Socket, WOULD_BLOCK, WRITABLE } from "../transport.ts";

/** What a relay needs of its reactor. */
export interface RelayHost {
  /** Shared by all, within one call only. */
  readonly relayScratch: Uint8Array;
  setRelayInterest(socket: Socket, interest: number): void;
  /** Nothing is to be heard of it any more. */
  unwatchRelayed(socket: Socket): void;
}

/** One after the other in one turn, so that a fast sender does not starve the others. */
const MAX_PIECES_PER_TURN = 4;

/** One direction. */
class Pipe {
  readonly from: Socket;
  readonly to: Socket;
  /** The other side takes no more, whatever comes. */
  isBroken = false;
  /** Received, and not taken by the other side yet. */
  #held: Uint8Array | undefined;
  #hasEnded = false;
  #isFinished = false;

  constructor(from: Socket, to: Socket, first: Uint8Array | undefined) {
    this.from = from;
    this.to = to;
    this.#held = first;
  }

  get isBlocked(): boolean {
    return this.#held !== undefined;
  }

  get wantsMore(): boolean {
    return this.#held === undefined && !this.#hasEnded && !this.isBroken;
  }

  /** All was handed on, and the end of it, too. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Carries what can be carried. Throws if the one it receives from is gone. */
  carry(scratch: Uint8Array, maxPieces: number): void {
    if (this.#held !== undefined) this.#held = this.#send(this.#held);
    for (let i = 0; i < maxPieces && this.wantsMore; i++) {
      const count = this.from.receive(scratch);
      if (count === WOULD_BLOCK) return;
      if (count === 0) this.#hasEnded = true;
      else this.#held = this.#send(scratch.subarray(0, count))?.slice();
    }
    if (this.#hasEnded && this.#held === undefined && !this.#isFinished && !this.isBroken) {
      this.#isFinished = true;
      this.to.finish();
    }
  }

  /** What was not taken; undefined if all was. */
  #send(bytes: Uint8Array): Uint8Array | undefined {
    try {
      for (let sent = 0; sent < bytes.length;) {
        const count = this.to.send(bytes.subarray(sent), false);
        if (count === WOULD_BLOCK) return bytes.subarray(sent);
        sent += count;
      }
    } catch {
      this.isBroken = true;
    }
    return undefined;
  }
}

export class Relay {
  readonly server: Socket;
  readonly #client: Socket;
  readonly #host: RelayHost;
  readonly #requests: Pipe;
  readonly #answers: Pipe;
  #clientInterest = READABLE;
  #serverInterest = READABLE;
  #serverHasEnded = false;
  /** It was reported readable though that was not asked for. */
  #clientIsSuspect = false;
  #serverIsSuspect = false;

  /** Both are watched for READABLE. `first`: what the client has sent so far. */
  constructor(client: Socket, server: Socket, first: Uint8Array, host: RelayHost) {
    this.#client = client;
    this.server = server;
    this.#host = host;
    this.#requests = new Pipe(client, server, first.slice());
    this.#answers = new Pipe(server, client, undefined);
  }

  /** One of the two is ready. True once there is nothing more to carry. Throws if the client is gone. */
  carry(socket: Socket, readiness: number): boolean {
    const scratch = this.#host.relayScratch;
    if ((readiness & READABLE) !== 0 && this.#hasHungUp(socket)) {
      if (socket === this.#client) return true;
      this.#endServer();
    }
    if (!this.#serverHasEnded) {
      this.#requests.carry(scratch, MAX_PIECES_PER_TURN);
      if (this.#requests.isBroken) this.#endServer();
    }
    // What the server has left is at most what its socket holds; nobody will tell of it again.
    this.#answers.carry(scratch, this.#serverHasEnded ? Infinity : MAX_PIECES_PER_TURN);
    if (this.#answers.isBroken) return true;
    if (this.#answers.isFinished && (this.#serverHasEnded || this.#requests.isFinished)) return true;
    this.#watch();
    return false;
  }

  /**
   * A hang-up is reported though nobody asked, again and again. Once is not enough: the interest may have been taken back
   * after the poller had looked, by what the other socket's readiness led to.
   */
  #hasHungUp(socket: Socket): boolean {
    const isServer = socket === this.server;
    if (((isServer ? this.#serverInterest : this.#clientInterest) & READABLE) !== 0) return false;
    const isAgain = isServer ? this.#serverIsSuspect : this.#clientIsSuspect;
    if (isServer) this.#serverIsSuspect = true;
    else this.#clientIsSuspect = true;
    return isAgain;
  }

  /** The server takes no more: it has closed its side, having given its client the time to. */
  #endServer(): void {
    if (this.#serverHasEnded) return;
    this.#serverHasEnded = true;
    this.#host.unwatchRelayed(this.server);
  }

  #watch(): void {
    const readsClient = this.#requests.wantsMore && !this.#serverHasEnded;
    const client = interestOf(readsClient, this.#answers.isBlocked);
    const server = interestOf(this.#answers.wantsMore, this.#requests.isBlocked);
    if ((client & READABLE) !== 0) this.#clientIsSuspect = false;
    if ((server & READABLE) !== 0) this.#serverIsSuspect = false;
    if (client !== this.#clientInterest) {
      this.#host.setRelayInterest(this.#client, this.#clientInterest = client);
    }
    if (server !== this.#serverInterest && !this.#serverHasEnded) {
      this.#host.setRelayInterest(this.server, this.#serverInterest = server);
    }
  }
}

function interestOf(reads: boolean, isBlocked: boolean): number {
  return (reads ? READABLE : 0) | (isBlocked ? WRITABLE : 0);
}
