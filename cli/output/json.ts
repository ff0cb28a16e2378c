/**
 * What a command's result is made of when programs read it.
 * @module
 */

/** Members that are undefined are left out. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** For files and pipes as for people: a member a line. */
export function jsonText(value: Json): string {
  return JSON.stringify(value, null, 2);
}
