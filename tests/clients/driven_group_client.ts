/**
 * A client of another language as a {@link GroupClient}, by a program that knows the commands `join`, `state`, `leave`, `commit`,
 * `committed` and `offset_at`.
 * @module
 */
import type { JsonDriver } from "../support/json_driver.ts";
import type { GroupClient, JoinOptions, MemberState } from "./group_client.ts";

export interface DrivenOptions extends Pick<GroupClient, "name" | "needs" | "assignors" | "staticAssignor"> {
  /** Starts the program when it is first needed. */
  readonly start: () => JsonDriver;
  /** What the client wants to be told of a member. */
  readonly config: (options: JoinOptions) => Readonly<Record<string, unknown>>;
}

export function drivenGroupClient({ start, config, ...client }: DrivenOptions): GroupClient {
  let started: JsonDriver | undefined;
  let joined = 0;
  const driver = () => started ??= start();
  return {
    ...client,
    async join(options) {
      const member = `member ${++joined}`;
      await driver().ask({ do: "join", member, topic: options.topic, config: config(options) });
      return {
        state: () => driver().ask<MemberState>({ do: "state", member }),
        leave: () => driver().ask<void>({ do: "leave", member }),
      };
    },
    offsets: {
      commit: (at, committed) => driver().ask<void>({ do: "commit", ...at, ...committed }),
      async committed(at) {
        const [offset, metadata] = await driver().ask<[number, string]>({ do: "committed", ...at });
        return { offset, metadata };
      },
      atTime: (at, timestamp) => driver().ask<number>({ do: "offset_at", ...at, timestamp }),
    },
    async close() {
      await started?.close();
      started = undefined;
    },
  };
}
