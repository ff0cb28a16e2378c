/**
 * Requests that show what a route does: at least one for each. Rows stand in a file of the part of the API they belong to,
 * and `examples.ts` has all of them.
 * @module
 */
import type { World } from "./world.ts";

export interface Example {
  /** As in the list of routes: "GET /topics/{topic}". */
  readonly route: string;
  /** Parameters of the path that are not those of the world. */
  readonly path?: Readonly<Record<string, string | number>>;
  /** What follows the question mark. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text or bytes as they are, anything else as JSON. */
  readonly body?: unknown;
  /** What the answer must have. An error is held against the schema that all have. */
  readonly status: number;
  /** The answer does not end by itself: only its beginning is looked at. */
  readonly isEndless?: boolean;
  /** What must be there before, and is not in the world. */
  readonly before?: (world: World) => Promise<unknown>;
  /** Looks at the answer: its JSON, or its text if it has another type. */
  readonly check?: (body: unknown, world: World) => void | Promise<void>;
}
