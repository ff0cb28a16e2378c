/**
 * Which names a topic may have: Kafka's rule (org.apache.kafka.common.internals.Topic). The name is also a directory's.
 * @module
 */

const MAX_LENGTH = 249;
const LEGAL = /^[a-zA-Z0-9._-]+$/;

/** What is wrong with `name`, as a sentence; undefined if nothing is. */
export function topicNameProblem(name: string): string | undefined {
  if (name === "") return "a topic's name must not be empty";
  if (name === "." || name === "..") return `a topic can't be called "${name}"`;
  if (name.length > MAX_LENGTH) {
    return `a topic's name has at most ${MAX_LENGTH} characters; this one has ${name.length}`;
  }
  if (!LEGAL.test(name)) {
    return `topic names have the characters a-z, A-Z, 0-9, ".", "_" and "-" only; found ${
      JSON.stringify(name)
    }`;
  }
}

/** Kafka's metrics turn "." into "_", so names that differ only in these are refused: this form tells. */
export function metricForm(name: string): string {
  return name.replaceAll(".", "_");
}
