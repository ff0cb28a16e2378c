/**
 * `milena topic create`
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { ResponseError } from "../../client/response_error.ts";
import type { Invocation } from "../command.ts";
import { keyValues, numberFlag, someOperands } from "../operands.ts";
import { outcomesOf, printOutcomes } from "../outcomes.ts";
import { withAdmin } from "../with_admin.ts";

export function createTopics(invocation: Invocation): Promise<number> {
  const { flags } = invocation;
  const names = someOperands(invocation, "the name of a topic");
  const settings = {
    partitionCount: numberFlag(flags, "partitions", { least: 1 }),
    replicationFactor: numberFlag(flags, "replicas", { least: 1 }),
    configs: keyValues(flags.texts("topic-config"), "--topic-config"),
    validateOnly: flags.isOn("dry-run"),
  };
  return withAdmin(invocation, async (admin) => {
    const outcomes = await outcomesOf(names, async (name) => {
      try {
        const { partitionCount, replicationFactor } = await admin.createTopic({ name, ...settings });
        // Brokers before 2.4 do not tell.
        const details = partitionCount < 0 ? {} : { partitions: partitionCount, replicas: replicationFactor };
        return { status: settings.validateOnly ? "could be created" : "created", details };
      } catch (error) {
        const isThere = error instanceof ResponseError && error.code === ErrorCode.TOPIC_ALREADY_EXISTS;
        if (isThere && flags.isOn("if-not-exists")) return { status: "exists" };
        throw error;
      }
    });
    return printOutcomes(invocation, "topic", outcomes);
  });
}
