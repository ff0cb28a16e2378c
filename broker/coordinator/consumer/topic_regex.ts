/**
 * A regular expression over topic names, in the syntax of RE2 that Apache Kafka's groups have (SubscribedTopicRegex). It must
 * match the whole name.
 *
 * JavaScript's own engine goes back and tries again: an expression such as `(a+)+b` would stop the broker for everyone. This one
 * goes through the name once and carries along every way in which the expression could go on (Thompson's construction), and
 * remembers sets of ways that it has met: a name costs its length, whatever the expression. What RE2 does not have, as
 * look-around and references back, is not there.
 *
 * Names of topics are made of [a-zA-Z0-9._-]: classes are sets of ASCII characters here.
 * @module
 */
import { type Assertion, type Instruction, parseTopicRegex } from "./topic_regex_parser.ts";

/** Sets of ways that are remembered; then all are forgotten, and met again as needed. */
const MAX_REMEMBERED = 1000;
const ASCII = 128;

type Side = "edge" | "word" | "other";

/** The ways in which an expression could go on, before assertions and branches are followed. */
interface Place {
  readonly starts: readonly number[];
  /** What lies before. */
  readonly before: Side;
  readonly isAtStart: boolean;
  /** By character. */
  readonly next: (Place | undefined)[];
  matches: boolean | undefined;
}

export class TopicRegex {
  readonly #program: readonly Instruction[];
  readonly #places = new Map<string, Place>();
  #start: Place;

  /** Throws RegexSyntaxError. */
  constructor(readonly pattern: string) {
    this.#program = parseTopicRegex(pattern);
    this.#start = this.#place([0], "edge", true);
  }

  matches(name: string): boolean {
    let place = this.#start;
    for (let index = 0; index < name.length; index++) {
      const code = name.charCodeAt(index);
      if (code >= ASCII) return false;
      place = place.next[code] ??= this.#step(place, code);
      if (place.starts.length === 0) return false;
    }
    return place.matches ??= this.#isMatch(place);
  }

  #step(place: Place, code: number): Place {
    const after = sideOf(code);
    const starts: number[] = [];
    for (const at of this.#follow(place, after)) {
      const instruction = this.#program[at]!;
      if (instruction.kind === "character" && instruction.of[code] === 1) starts.push(instruction.next);
    }
    return this.#place(starts, after, false);
  }

  #isMatch(place: Place): boolean {
    return this.#follow(place, "edge").some((at) => this.#program[at]!.kind === "match");
  }

  /** Characters and matches that can come next, when `after` is what lies behind. */
  #follow({ starts, before, isAtStart }: Place, after: Side): number[] {
    const found: number[] = [];
    const seen = new Set<number>();
    const open = [...starts];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const instruction = this.#program[at]!;
      if (instruction.kind === "branch") open.push(...instruction.to);
      else if (instruction.kind !== "assertion") found.push(at);
      else if (holds(instruction.of, before, after, isAtStart)) open.push(instruction.next);
    }
    return found;
  }

  #place(starts: readonly number[], before: Side, isAtStart: boolean): Place {
    const inOrder = [...new Set(starts)].sort((a, b) => a - b);
    const id = `${before} ${isAtStart} ${inOrder.join(" ")}`;
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    if (this.#places.size >= MAX_REMEMBERED) {
      this.#places.clear();
      this.#start = { ...this.#start, next: [] };
    }
    const place = { starts: inOrder, before, isAtStart, next: [], matches: undefined };
    this.#places.set(id, place);
    return place;
  }
}

function holds(assertion: Assertion, before: Side, after: Side, isAtStart: boolean): boolean {
  switch (assertion) {
    case "start":
      return isAtStart;
    case "end":
      return after === "edge";
    case "boundary":
      return (before === "word") !== (after === "word");
    case "noBoundary":
      return (before === "word") === (after === "word");
  }
}

function sideOf(code: number): Side {
  return /\w/.test(String.fromCharCode(code)) ? "word" : "other";
}
