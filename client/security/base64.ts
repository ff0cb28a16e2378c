/**
 * Base64 of RFC 4648 with padding. Uint8Array.fromBase64 is newer than Node 20.
 * @module
 */
export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** undefined: it is none. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  // atob takes spaces and lacking padding, too.
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
