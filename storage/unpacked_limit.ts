/**
 * What a batch may become when it is unpacked. A mebibyte of zeros compresses to a hundred bytes, so without a limit the
 * sender of a batch would say how much memory the broker takes.
 * @module
 */

/** Most bytes that the records of one batch may take, unpacked, where the log engine has to look at them. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
