/**
 * Paths of routes as OpenAPI has them, "/topics/{topic}/records:batch", and what else they must become.
 *
 * Hono reads a colon as the beginning of a parameter wherever it stands, so a last segment with a verb in it has to be a
 * parameter with a pattern there.
 * @module
 */

/** For hono's router. */
export function honoPath(path: string): string {
  return path.replaceAll(
    /[^/]+/g,
    (segment) => /^\{\w+\}$/.test(segment) ? `:${segment.slice(1, -1)}` : verbPattern(segment),
  );
}

function verbPattern(segment: string): string {
  if (!segment.includes(":")) return segment;
  const [noun, verb] = segment.split(":");
  return `:_${verb}{${noun}:${verb}}`;
}

/** The names of the parameters in it, in order. */
export function parameterNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

/** Whether a request for `requested` is one for `path`. */
export function pathMatches(path: string, requested: string): boolean {
  const wanted = segmentsOf(path);
  const segments = segmentsOf(requested);
  return wanted.length === segments.length &&
    wanted.every((segment, i) => segment.startsWith("{") || segment === segments[i]);
}

export function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}
