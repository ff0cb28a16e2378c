/**
 * The state machine of classic groups by itself: what a heartbeat, a join and a rebalance of many members cost, without
 * socket, codec and journal. `deno task bench:groups` tells the memory.
 * @module
 */
import { heartbeatRound, rebalance, stableGroups, stateOf } from "./groups/driven_groups.ts";

const MEMBERS = 200;

const one = stableGroups({ groups: 1, members: MEMBERS });
Deno.bench(`heartbeat: ${MEMBERS} members, one each`, () => void heartbeatRound(one));

Deno.bench(`a new group of ${MEMBERS} members: join, sync`, () => {
  stableGroups({ groups: 1, members: MEMBERS });
});

const rebalanced = stableGroups({ groups: 1, members: MEMBERS });
Deno.bench(`a rebalance of ${MEMBERS} members: all join again, sync`, () => rebalance(rebalanced));

/** What a small group comes to. */
export function smoke(): string {
  const groups = stableGroups({ groups: 2, members: 3 });
  rebalance(groups);
  return `${heartbeatRound(groups)} ${stateOf(groups)}`;
}
