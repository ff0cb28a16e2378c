/** How long records may be given to somebody. */
export const MIN_LEASE_MS = 100;
export const MAX_LEASE_MS = 12 * 60 * 60 * 1000;
