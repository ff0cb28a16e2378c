/**
 * Why a lease is not given, or not settled.
 * @module
 */

/** A consumer group with members of its own: its offsets are theirs. */
export class GroupHasMembersError extends Error {
  override name = "GroupHasMembersError";

  constructor(readonly groupId: string, readonly topic: string) {
    super(`group ${groupId} has members that consume`);
  }
}

/** Somebody else has had the partition since, or its offset was set. */
export class LeaseLostError extends Error {
  override name = "LeaseLostError";

  constructor(readonly partition: number) {
    super(`the lease of partition ${partition} is over`);
  }
}

/** An offset that is not among those handed out. */
export class OutsideLeaseError extends Error {
  override name = "OutsideLeaseError";

  constructor(readonly wanted: number, readonly offset: number, readonly to: number) {
    super(`offset ${wanted} is outside the lease, which is [${offset}, ${to}]`);
  }
}
