/**
 * Asks again and again while a page is shown and looked at.
 * @module
 */

/**
 * Calls `ask` now and every `intervalMs` after it has resolved, until the function given is called.
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
    try {
      if (!document.hidden) await ask(aborter.signal);
    } finally {
      isAsking = false;
      if (!aborter.signal.aborted) timer = setTimeout(turn, again ? 0 : intervalMs);
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
