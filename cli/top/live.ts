/**
 * The live view: events in, a state, lines out, until somebody says stop.
 * @module
 */
import { ExitCode, type Terminal } from "../command.ts";
import { styleOf } from "../output/style.ts";
import { StopSignals } from "../stop_signals.ts";
import { type Key, KeyParser } from "./keys.ts";
import { LiveScreen } from "./live_screen.ts";
import { Painter } from "./painter.ts";
import { render } from "./render.ts";
import type { Sample } from "./sample.ts";
import { sampleOn } from "./sampler.ts";
import { initialState, nextState, type TopEvent } from "./state.ts";
import type { TopOptions } from "./top.ts";

/** How long after an escape it is clear that nothing belongs to it. */
const ESCAPE_MS = 40;
const TICK_MS = 1000;

export async function live(
  terminal: Terminal,
  take: () => Promise<Sample>,
  { bootstrap, intervalMs, view }: TopOptions,
): Promise<number> {
  const style = styleOf(terminal);
  const painter = new Painter();
  const parser = new KeyParser();
  const ending = new AbortController();
  let escape: ReturnType<typeof setTimeout> | undefined;

  using signals = new StopSignals(() => ending.abort());
  void signals.requested.then(() => ending.abort());
  using screen = new LiveScreen(terminal, {
    onBytes(bytes) {
      clearTimeout(escape);
      onKeys(parser.push(bytes));
      if (parser.isUnfinished) escape = setTimeout(() => onKeys(parser.flush()), ESCAPE_MS);
    },
    onResize: (size) => onEvent({ kind: "resized", size }),
    onResume() {
      painter.forget();
      onEvent({ kind: "resized", size: screen.size });
    },
    onHangup: () => ending.abort(),
  });
  let state = initialState({ bootstrap, size: screen.size, ...view });

  function onKeys(keys: readonly Key[]): void {
    for (const key of keys) {
      if (key.kind === "named" && key.name === "redraw") painter.forget();
      if (key.kind === "named" && key.name === "suspend") return screen.suspend();
      step({ kind: "key", key });
    }
    draw();
  }

  function onEvent(event: TopEvent): void {
    step(event);
    draw();
  }

  function step(event: TopEvent): void {
    const next = nextState(state, event);
    if (next === "quit") ending.abort();
    else state = next;
  }

  function draw(): void {
    if (!ending.signal.aborted) screen.write(painter.paint(render(state, style), state.size));
  }

  const tick = setInterval(() => onEvent({ kind: "tick", atMs: performance.now() }), TICK_MS);
  try {
    draw();
    const sampling = sampleOn(take, {
      intervalMs,
      isPaused: () => state.isPaused,
      tell: onEvent,
      signal: ending.signal,
    });
    // An answer that is still on its way is not waited for.
    await Promise.race([
      sampling,
      new Promise((resolve) => ending.signal.addEventListener("abort", resolve)),
    ]);
  } finally {
    clearInterval(tick);
    clearTimeout(escape);
  }
  return ExitCode.OK;
}
