/**
 * Metrics as text, in Prometheus' format 0.0.4.
 *
 * What must be true: the samples of a metric stand together, under its HELP and TYPE; a metric without a sample is not there
 * at all; and whatever a label has in it, a line stays one line.
 * @module
 */
import { BOUNDS_SECONDS, type HistogramReading } from "../../metrics/histogram.ts";
import { definitions, type MetricName } from "./definitions.ts";

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type LabelValues = readonly (string | number)[];

const BOUND_TEXTS = [...BOUNDS_SECONDS.map(String), "+Inf"];
/** Twenty thousand partitions make twenty megabytes: a text is given in pieces of about so many characters. */
const PIECE_LENGTH = 64 * 1024;

/** Of one metric: the number of each sample, and what stands before it. */
interface Samples {
  readonly heads: string[];
  readonly values: number[];
}

export class Exposition {
  readonly #samples = new Map<MetricName, Samples>();
  /** Whoever tells several things of one partition gives the same labels again. */
  #lastNames: readonly string[] = [];
  #lastLabels: LabelValues = [];
  #lastText = "";

  /** `labels`: the values, in the order of the definition. An array that comes again must not have been changed. */
  sample(name: MetricName, value: number, labels: LabelValues = []): void {
    this.#add(name, this.#labelText(definitions[name].labels, labels), value);
  }

  /** A histogram that nothing was counted in is left out. */
  histogram(name: MetricName, { counts, sumSeconds }: HistogramReading, labels: LabelValues = []): void {
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return;
    const names = definitions[name].labels;
    let below = 0;
    for (let bucket = 0; bucket < counts.length; bucket++) {
      below += counts[bucket]!;
      this.#add(name, "_bucket" + labelText([...names, "le"], [...labels, BOUND_TEXTS[bucket]!]), below);
    }
    const text = labelText(names, labels);
    this.#add(name, "_sum" + text, sumSeconds);
    this.#add(name, "_count" + text, total);
  }

  text(): string {
    return [...this.pieces()].join("");
  }

  /** The text, made while it is taken. */
  *pieces(pieceLength = PIECE_LENGTH): Generator<string> {
    let text = "";
    for (const [name, { heads, values }] of this.#samples) {
      const { help, type } = definitions[name];
      const oneLine = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
      text += `# HELP ${name} ${oneLine}\n# TYPE ${name} ${type}\n`;
      for (let i = 0; i < values.length; i++) {
        text += `${name}${heads[i]} ${numberText(values[i]!)}\n`;
        if (text.length < pieceLength) continue;
        yield text;
        text = "";
      }
    }
    if (text !== "") yield text;
  }

  #add(name: MetricName, head: string, value: number): void {
    let samples = this.#samples.get(name);
    if (samples === undefined) this.#samples.set(name, samples = { heads: [], values: [] });
    samples.heads.push(head);
    samples.values.push(value);
  }

  #labelText(names: readonly string[], labels: LabelValues): string {
    if (names.length === 0) return "";
    const isSame = labels === this.#lastLabels && names.length === this.#lastNames.length &&
      names.every((name, i) => name === this.#lastNames[i]);
    if (!isSame) {
      this.#lastNames = names;
      this.#lastLabels = labels;
      this.#lastText = labelText(names, labels);
    }
    return this.#lastText;
  }
}

function labelText(names: readonly string[], values: LabelValues): string {
  if (names.length === 0) return "";
  return `{${names.map((name, i) => `${name}="${escaped(String(values[i] ?? ""))}"`).join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
