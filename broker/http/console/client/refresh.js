/**
 * Asks again and again while a page is shown and looked at.
 * @module
 */

/**
 * Calls `ask` now and, `intervalMs` or more after it has resolved, again, until `end` is called; `now` asks at once.
 *
 * @param {number} intervalMs
 * @param {(signal: AbortSignal) => Promise<void>} ask
 * @returns {{ now: () => void, end: () => void }}
 */
export function refresh(intervalMs, ask) {
  const aborter = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isAsking = false;
  let again = false;

  async function turn() {
    clearTimeout(timer);
    if (aborter.signal.aborted) return;
    if (isAsking) {
      again = true;
      return;
    }
    isAsking = true;
    const began = performance.now();
    try {
      if (!document.hidden) await ask(aborter.signal);
    } finally {
      isAsking = false;
      if (!aborter.signal.aborted) {
        // What is dear to answer (ten thousand topics, say) is asked more seldom.
        const pause = Math.max(intervalMs, 5 * (performance.now() - began));
        timer = setTimeout(turn, again ? 0 : pause);
      }
      again = false;
    }
  }

  turn();
  return {
    now: turn,
    end() {
      aborter.abort();
      clearTimeout(timer);
    },
  };
}
