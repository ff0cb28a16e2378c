/**
 * Which bytes may stand where in a message of HTTP/1.1 (RFC 9110, RFC 9112), as a table of bits.
 * @module
 */

/** In methods and field names: `tchar`. */
export const TOKEN = 1;
/** In a request target: what can be seen, but for "#"; and bytes from 0x80 on, which belong there percent-encoded and come raw. */
export const TARGET = 2;
/** In field values: what can be seen, space, tab, and bytes from 0x80 on. No control character: no bare CR, LF or NUL. */
export const VALUE = 4;
export const HEX = 8;

export const characterClasses = new Uint8Array(256);

for (let code = 0x20; code < 0x100; code++) {
  if (code === 0x7f) continue;
  const character = String.fromCharCode(code);
  characterClasses[code] = VALUE |
    (code > 0x20 && character !== "#" ? TARGET : 0) |
    (/[-!#$%&'*+.^_`|~0-9A-Za-z]/.test(character) ? TOKEN : 0) |
    (/[0-9A-Fa-f]/.test(character) ? HEX : 0);
}
characterClasses[0x09] = VALUE;
