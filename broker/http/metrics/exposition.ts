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

export class Exposition {
  readonly #lines = new Map<MetricName, string[]>();

  /** `labels`: the values, in the order of the definition. */
  sample(name: MetricName, value: number, labels: LabelValues = []): void {
    this.#of(name).push(`${name}${labelText(definitions[name].labels, labels)} ${numberText(value)}`);
  }

  /** A histogram that nothing was counted in is left out. */
  histogram(name: MetricName, { counts, sumSeconds }: HistogramReading, labels: LabelValues = []): void {
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return;
    const names = definitions[name].labels;
    const lines = this.#of(name);
    let below = 0;
    for (let bucket = 0; bucket < counts.length; bucket++) {
      below += counts[bucket]!;
      const text = labelText([...names, "le"], [...labels, BOUND_TEXTS[bucket]!]);
      lines.push(`${name}_bucket${text} ${below}`);
    }
    const text = labelText(names, labels);
    lines.push(`${name}_sum${text} ${numberText(sumSeconds)}`, `${name}_count${text} ${total}`);
  }

  text(): string {
    let text = "";
    for (const [name, lines] of this.#lines) {
      const { help, type } = definitions[name];
      text += `# HELP ${name} ${
        help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
      }\n# TYPE ${name} ${type}\n`;
      text += lines.join("\n") + "\n";
    }
    return text;
  }

  #of(name: MetricName): string[] {
    let lines = this.#lines.get(name);
    if (lines === undefined) this.#lines.set(name, lines = []);
    return lines;
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
