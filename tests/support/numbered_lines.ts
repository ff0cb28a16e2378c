/**
 * A body of numbered records, as lines of JSON, that comes as slowly as a test wants.
 * @module
 */
const encoder = new TextEncoder();

/** Lines with the numbers from 0 to `count`, so many in a chunk; waits for `pause` before each. */
export function numberedLines(
  count: number,
  linesPerChunk: number,
  pause: (next: number) => Promise<void>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      if (next === count) return controller.close();
      await pause(next);
      let text = "";
      for (let i = 0; i < linesPerChunk && next < count; i++, next++) {
        text += `{"key":"k${next % 100}","value":${next}}\n`;
      }
      controller.enqueue(encoder.encode(text));
    },
  }, { highWaterMark: 0 });
}
