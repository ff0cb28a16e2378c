/**
 * What one part of the group coordinator needs of the others: all groups, whatever their type.
 * @module
 */
import type { Group } from "./group.ts";

export interface GroupRegistry {
  group(id: string): Group | undefined;
  groups(): IterableIterator<Group>;
  /** The group, or a new one that nobody has joined: of a consumer that commits offsets on its own. */
  getOrCreateSimple(id: string): Group;
  /** There is no such group any more: the journal has its tombstones. */
  forget(id: string): void;
}
