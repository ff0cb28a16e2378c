import assert from "node:assert/strict";
import { isTopicName } from "../../storage/file_names.ts";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { metricForm, topicNameProblem } from "./topic_name.ts";

Deno.test("topicNameProblem takes Kafka's names", () => {
  for (
    const name of ["a", "A", "0", "_", "-", "a.b_c-D9", "...", ".a", "__consumer_offsets", "x".repeat(249)]
  ) {
    assert.equal(topicNameProblem(name), undefined, name);
  }
});

Deno.test("topicNameProblem says what is wrong with others", () => {
  assert.equal(topicNameProblem(""), "a topic's name must not be empty");
  assert.equal(topicNameProblem("."), `a topic can't be called "."`);
  assert.equal(topicNameProblem(".."), `a topic can't be called ".."`);
  assert.match(topicNameProblem("x".repeat(250))!, /at most 249 characters; this one has 250/);
  for (const name of ["a b", "a/b", "../a", "a\0", "a\n", "ä", "a:b", "a,b", "日本語"]) {
    const problem = topicNameProblem(name)!;
    assert.ok(problem.endsWith(`found ${JSON.stringify(name)}`), problem);
    // What a stranger sends must not break a line of the log.
    assert.ok(!/[\n\0]/.test(problem));
  }
});

Deno.test("topicNameProblem and the store agree on every name", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const characters = ["a", "Z", "0", ".", "_", "-", "/", " ", "ä", "\n", "%"];
  for (let i = 0; i < 2000; i++) {
    const length = random.pick([0, 1, 2, 3, 248, 249, 250]);
    const some = random.below(3) === 0 ? characters : characters.slice(0, 6);
    const name = Array.from({ length }, () => random.pick(some)).join("");
    assert.equal(
      topicNameProblem(name) === undefined,
      isTopicName(name),
      `seed ${seed}, ${JSON.stringify(name)}`,
    );
  }
});

Deno.test("metricForm is the same for names that differ in dots and underscores only", () => {
  assert.equal(metricForm("a.b_c.d"), metricForm("a_b.c_d"));
  assert.notEqual(metricForm("a.b"), metricForm("a-b"));
});
