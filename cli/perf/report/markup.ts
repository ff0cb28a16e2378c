/**
 * HTML and SVG as text.
 *
 * What must be true: whatever comes from outside (a broker's name, a command line) stands in the page as text and can't
 * become markup. So texts are escaped by {@link text}, and {@link element} escapes the values of attributes.
 * @module
 */

/** Markup that is finished: may be put into other markup as it is. */
export type Markup = string & { readonly __markup: never };

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element with what is in it. Attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes = {}, ...content: readonly Markup[]): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(typeof value === "number" ? shortNumber(value) : value!)}"`)
    .join("");
  const isVoid = content.length === 0 && voidElements.has(name);
  return (isVoid ? `<${name}${written}/>` : `<${name}${written}>${content.join("")}</${name}>`) as Markup;
}

export function text(content: string | number): Markup {
  return escaped(String(content)) as Markup;
}

export function joined(...parts: readonly Markup[]): Markup {
  return parts.join("") as Markup;
}

/** A hundredth of a unit is nothing to see; the page is half as long. */
export function shortNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}

const voidElements = new Set(["meta", "path", "line", "rect", "circle", "polyline"]);

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}
