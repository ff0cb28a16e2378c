/** The value of `--name`, from 1 to `most`. Throws with one sentence for a person if it is none. */
export function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text !== "" && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name} has "${text}", but wants whole numbers from 1 to ${most}`);
}
