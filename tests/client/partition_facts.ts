/**
 * Where Java's producer puts 10,000 keys: which keys those are, how Java is asked, and what it has answered.
 *
 * partition_facts.json has Java's answers so that a machine without Java can be held against them: those for the first few
 * hundred keys as they are, so that a difference can be read, and a digest of all. Run with Java there, this file writes
 * it: `deno run -A tests/client/partition_facts.ts`.
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { tryCommand } from "../support/run_command.ts";
import { peersScript } from "../support/peers.ts";
import { SeededRandom } from "../support/random.ts";

const KEY_COUNT = 10_000;
const LONGEST = 300;
const ROWS = 300;
const SEED = 0x6d696c65;

/** The last is so large that the partition is the hash itself, but for its sign. */
export const partitionCounts = [1, 2, 3, 6, 7, 12, 50, 100, 999, 1000, 2 ** 31 - 1] as const;

/** What is checked in. */
export interface PartitionFacts {
  /** SHA-256 of the answers, a line for each key. */
  readonly digest: string;
  /** The first answers: the partitions of a key, for each of the counts. */
  readonly rows: readonly string[];
}

/** Of each length one, then of every kind: bytes of any value, texts of all planes, names with a number. */
export function partitionKeys(): Uint8Array[] {
  const random = new SeededRandom(SEED);
  return Array.from({ length: KEY_COUNT }, (_, index) => {
    if (index <= LONGEST) return random.bytes(index);
    if (index % 3 === 0) return random.bytes(random.below(LONGEST + 1));
    if (index % 3 === 1) return randomText(random);
    return new TextEncoder().encode(`${random.pick(["user", "order-", "žena/"])}${random.uint32()}`);
  });
}

/** At most LONGEST bytes of UTF-8. */
function randomText(random: SeededRandom): Uint8Array {
  const limits = [0x80, 0x800, 0xd800, 0x110000];
  let text = "";
  for (let left = random.below(LONGEST / 4); left > 0; left--) {
    const codePoint = random.below(random.pick(limits));
    text += codePoint >= 0xd800 && codePoint < 0xe000 ? "?" : String.fromCodePoint(codePoint);
  }
  return new TextEncoder().encode(text);
}

/** A line for each key: its partitions as `partitionOf` has them. */
export function answersOf(
  keys: readonly Uint8Array[],
  partitionOf: (key: Uint8Array, partitionCount: number) => number,
): string[] {
  return keys.map((key) => partitionCounts.map((count) => partitionOf(key, count)).join(" "));
}

export function factsOf(answers: readonly string[]): PartitionFacts {
  const digest = createHash("sha256").update(answers.join("\n")).digest("hex");
  return { digest, rows: answers.slice(0, ROWS) };
}

/** Java's own answers. */
export async function askJava(keys: readonly Uint8Array[]): Promise<string[]> {
  const input = keys.map((key) => `${Buffer.from(key).toString("hex")}\n`).join("");
  const program = fileURLToPath(new URL("./JavaPartitions.java", import.meta.url));
  const { code, stdout, stderr } = await tryCommand(peersScript, [
    "tool",
    program,
    ...partitionCounts.map(String),
  ], {
    stdin: new TextEncoder().encode(input),
  });
  if (code !== 0) throw new Error(`JavaPartitions.java: exit code ${code}: ${stderr}`);
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

if (import.meta.main) {
  const facts = factsOf(await askJava(partitionKeys()));
  await Deno.writeTextFile(
    new URL("./partition_facts.json", import.meta.url),
    `${JSON.stringify(facts, null, 2)}\n`,
  );
}
