/**
 * HTML as text that is safe by default: what is put into a template is escaped unless it is HTML already.
 * @module
 */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | undefined | readonly Part[];

/**
 * `undefined` is nothing, a list is its elements one after the other. Not called `html`: the formatter would lay out what is
 * in such a template, where white space is part of the text.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0]!;
  parts.forEach((part, i) => text += textOf(part) + strings[i + 1]!);
  return new Html(text);
}

function textOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(textOf).join("");
  return String(part).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
