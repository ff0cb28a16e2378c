/**
 * Which program this is.
 * @module
 */
import manifest from "../deno.json" with { type: "json" };

export const version: string = manifest.version;

/** "milena 0.1.0 (linux x86_64, Deno 2.9.6)" */
export function versionLine(): string {
  return `milena ${version} (${Deno.build.os} ${Deno.build.arch}, Deno ${Deno.version.deno})`;
}
