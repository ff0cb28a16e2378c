/**
 * ListPartitionReassignments: which partitions are being moved to other brokers (KIP-455): none ever, as there are none.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { apiHandler } from "./api_handler.ts";

export const listPartitionReassignmentsHandler = apiHandler(
  api.ListPartitionReassignments,
  { from: 0, to: 0 },
  () => ({ throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, topics: [] }),
);
