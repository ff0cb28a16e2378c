/**
 * The protocol's primitive types: a sticky {@link Reader}, a growing {@link Writer}, and sizes.
 * @module
 */
export { DEFAULT_ELEMENT_LIMIT, Reader } from "./reader.ts";
export { Writer } from "./writer.ts";
export type { ExternalBytes, ExternalPart } from "./writer.ts";
export { utf8Size, uvarintSize, varintSize, varlongSize } from "./wire_size.ts";
export { isUuid, newUuid, UUID_SIZE, uuidFromBytes, uuidToBytes, ZERO_UUID } from "./uuid.ts";
export type { Uuid } from "./uuid.ts";
