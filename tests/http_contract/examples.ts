/**
 * All examples.
 * @module
 */
import { adminExamples } from "./admin_examples.ts";
import { documentExamples } from "./document_examples.ts";
import type { Example } from "./example.ts";
import { groupExamples } from "./group_examples.ts";
import { healthExamples } from "./health_examples.ts";
import { readExamples } from "./read_examples.ts";
import { topicExamples } from "./topic_examples.ts";
import { writeExamples } from "./write_examples.ts";

export const examples: readonly Example[] = [
  ...writeExamples,
  ...readExamples,
  ...groupExamples,
  ...topicExamples,
  ...adminExamples,
  ...healthExamples,
  ...documentExamples,
];
