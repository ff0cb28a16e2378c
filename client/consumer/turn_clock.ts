/**
 * Lets the loop of events turn now and then. A reader that always finds records goes on from promise to promise, and
 * between promises no socket is read and no timer fires: heartbeats would not leave, nor would what is fetched ahead come.
 * @module
 */

/** How long a reader may keep the loop from turning. */
const TURN_MS = 10;
/** The clock costs as much as a record: it is looked at for one in so many, if they are quick. */
const MOST_UNSEEN = 32;

type SetImmediate = (run: () => void) => unknown;

const { setImmediate } = globalThis as { setImmediate?: SetImmediate };

export class TurnClock {
  #turnedAtMs = 0;
  /** Asks until the clock is looked at. */
  #unseen = 0;
  #lookEvery = 1;

  /** Whether it is time. To be asked once for each record. */
  isDue(): boolean {
    if (--this.#unseen > 0) return false;
    const isDue = this.isDueNow();
    // Records that take long are looked at one by one.
    this.#lookEvery = isDue ? 1 : Math.min(MOST_UNSEEN, this.#lookEvery * 2);
    this.#unseen = this.#lookEvery;
    return isDue;
  }

  /** As `isDue`, for who asks seldom. */
  isDueNow(): boolean {
    return performance.now() - this.#turnedAtMs > TURN_MS;
  }

  /** The loop has turned. */
  turned(): void {
    this.#turnedAtMs = performance.now();
  }

  /** Resolves when it has. */
  async turn(): Promise<void> {
    await new Promise<void>((resolve) =>
      setImmediate === undefined ? setTimeout(resolve, 0) : setImmediate(resolve)
    );
    this.turned();
  }
}
