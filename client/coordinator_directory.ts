/**
 * Which broker coordinates a group or a transactional id, asked of the cluster and remembered.
 *
 * What must be true: a coordinator is asked for once, however many want it at the same moment; what is remembered is
 * bounded, and may be wrong: whoever is told so by the broker forgets it and asks again.
 * @module
 */
import { api } from "../protocol/apis.ts";
import { ErrorCode } from "../protocol/errors.ts";
import type { FindCoordinatorResponse } from "../protocol/messages/10_find_coordinator.ts";
import type { Connection, RequestOptions } from "./connection.ts";
import { checkCode } from "./response_error.ts";

/** What a coordinator keeps. */
export type CoordinatorKind = "group" | "transaction";

export interface Coordinator {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** Asks any broker. Throws a ResponseError, COORDINATOR_NOT_AVAILABLE while there is none. */
export type FindCoordinator = (kind: CoordinatorKind, key: string) => Promise<Coordinator>;

const KEY_TYPES: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 };
/** From here on one request may name several keys, and has them in another field. */
const FIRST_BATCHED_VERSION = 4;
const MAX_REMEMBERED = 10_000;

export class CoordinatorDirectory {
  readonly #find: FindCoordinator;
  readonly #known = new Map<string, Coordinator>();
  readonly #asking = new Map<string, Promise<Coordinator>>();

  constructor(find: FindCoordinator) {
    this.#find = find;
  }

  async of(kind: CoordinatorKind, key: string): Promise<Coordinator> {
    const name = `${kind}:${key}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    let asking = this.#asking.get(name);
    if (asking === undefined) {
      asking = this.#find(kind, key)
        .then((coordinator) => this.#remember(name, coordinator))
        .finally(() => this.#asking.delete(name));
      this.#asking.set(name, asking);
    }
    return await asking;
  }

  /** Asks again the next time, unless another has been found meanwhile. */
  forget(kind: CoordinatorKind, key: string, coordinator: Coordinator): void {
    const name = `${kind}:${key}`;
    if (this.#known.get(name) === coordinator) this.#known.delete(name);
  }

  #remember(name: string, coordinator: Coordinator): Coordinator {
    if (this.#known.size >= MAX_REMEMBERED) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(name, coordinator);
    return coordinator;
  }
}

/** Asks the broker at the other end of `connection`. */
export async function findCoordinator(
  connection: Connection,
  kind: CoordinatorKind,
  key: string,
  options?: RequestOptions,
): Promise<Coordinator> {
  const isBatched = (connection.versionOf(api.FindCoordinator) ?? 0) >= FIRST_BATCHED_VERSION;
  const answer: FindCoordinatorResponse = await connection.request(api.FindCoordinator, {
    keyType: KEY_TYPES[kind],
    ...isBatched ? { coordinatorKeys: [key] } : { key },
  }, options);
  const found = isBatched ? answer.coordinators[0] : answer;
  const code = found?.errorCode ?? ErrorCode.COORDINATOR_NOT_AVAILABLE;
  checkCode(code, `find the coordinator of ${kind} ${key}`, found?.errorMessage);
  return { nodeId: found!.nodeId, host: found!.host, port: found!.port };
}
