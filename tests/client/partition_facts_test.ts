/**
 * The partition of a key is the one that Java's producer takes, for 10,000 keys and several numbers of partitions.
 * @module
 */
import assert from "node:assert/strict";
import { partitionForKey } from "../../client/murmur2.ts";
import { javaNeeds } from "../clients/java_tools.ts";
import { testNeeding } from "../support/requirement.ts";
import facts from "./partition_facts.json" with { type: "json" };
import { answersOf, askJava, factsOf, partitionCounts, partitionKeys } from "./partition_facts.ts";

Deno.test("partitionForKey() gives the partitions that are written down as Java's for 10,000 keys", () => {
  const keys = partitionKeys();
  assert.equal(keys.length, 10_000);
  assert.equal(new Set(keys.flatMap((key) => [...key])).size, 256, "every byte is in some key");
  assert.deepEqual(factsOf(answersOf(keys, partitionForKey)), facts);
});

testNeeding(
  javaNeeds,
  "partition_facts.json has what Java says, and partitionForKey() says the same",
  async () => {
    const keys = partitionKeys();
    const answers = await askJava(keys);
    assert.equal(answers.length, keys.length);
    const ours = answersOf(keys, partitionForKey);
    for (const [index, answer] of answers.entries()) {
      assert.equal(ours[index], answer, `key ${index}, partitions of ${partitionCounts.join(", ")}`);
    }
    assert.deepEqual(
      factsOf(answers),
      facts,
      "the file is not what Java says: run tests/client/partition_facts.ts",
    );
  },
);
