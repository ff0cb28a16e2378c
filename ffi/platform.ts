/**
 * Where this broker can run. Nothing in this room opens the C library while it is being imported, so that on another
 * system `assertSupported` gets the chance to say its sentence instead of a loader's error.
 * @module
 */

/** What this process runs on, in the words of `Deno.build`. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

/** Throws one sentence for people unless this is Linux on x86-64 or arm64. */
export function assertSupported(platform: Platform = Deno.build): void {
  const problem = unsupportedReason(platform);
  if (problem !== undefined) throw new Error(problem);
}

/** Why `platform` can't run the broker and what to do about it; undefined if it can. */
export function unsupportedReason(platform: Platform): string | undefined {
  const { os, arch } = platform;
  if (os === "linux" && (arch === "x86_64" || arch === "aarch64")) return undefined;
  return `This is ${os} on ${arch}, but the broker runs on Linux on x86-64 or arm64 only: ${remedy(os)}`;
}

function remedy(os: string): string {
  switch (os) {
    case "windows":
      return "run it inside WSL2.";
    case "darwin":
      return "run it in a Linux container or virtual machine.";
    default:
      return "run it on such a machine, or in a Linux container or virtual machine.";
  }
}
