/**
 * DescribeClientQuotas (key 48): limits of clients by user, client id and address (KIP-546). `matchType`: 0 the name in `match`,
 * 1 the default, 2 any that has a limit; `strict`: entities with further parts are left out.
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: flexible (KIP-482)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DescribeClientQuotasRequest = message({
  name: "DescribeClientQuotasRequest",
  apiKey: 48,
  type: "request",
  versions: { min: 0, max: 1 },
  flexibleFrom: 1,
}, {
  components: field.array({ of: "ComponentData" }, {
    entityType: field.string(),
    matchType: field.int8(),
    match: field.string({ nullable: 0 }),
  }),
  strict: field.bool(),
});
export type DescribeClientQuotasRequest = MessageOf<typeof DescribeClientQuotasRequest>;

export const DescribeClientQuotasResponse = message({
  name: "DescribeClientQuotasResponse",
  apiKey: 48,
  type: "response",
  versions: { min: 0, max: 1 },
  flexibleFrom: 1,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
  errorMessage: field.string({ nullable: 0 }),
  entries: field.array({ of: "EntryData", nullable: 0 }, {
    entity: field.array({ of: "EntityData" }, {
      entityType: field.string(),
      entityName: field.string({ nullable: 0 }),
    }),
    values: field.array({ of: "ValueData" }, {
      key: field.string(),
      value: field.float64(),
    }),
  }),
});
export type DescribeClientQuotasResponse = MessageOf<typeof DescribeClientQuotasResponse>;
