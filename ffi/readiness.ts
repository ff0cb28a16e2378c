/**
 * The numbers of `broker/transport.ts`, written again here because this room imports no other at run time. A test
 * holds the two equal.
 * @module
 */

/** What `receive`, `send` and `sendFile` return where the kernel would have to wait. */
export const WOULD_BLOCK = -1;

export const READABLE = 1;
export const WRITABLE = 2;
