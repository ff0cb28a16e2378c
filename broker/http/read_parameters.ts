/**
 * Words that parameters of reads and streams share.
 * @module
 */
export const FORMATS = ["json", "text", "base64"] as const;
export const ISOLATIONS = ["read_uncommitted", "read_committed"] as const;
