/**
 * Where a transactional producer is, as its caller knows it: what may be called, and what may not and why.
 * @module
 */
import { ProducerError } from "./producer_error.ts";

type State = "new" | "ready" | "open" | "committing" | "failed" | "aborting";

export type TransactionCall =
  | "initTransactions"
  | "beginTransaction"
  | "send"
  | "sendOffsetsToTransaction"
  | "commitTransaction"
  | "abortTransaction";

const ALLOWED: Readonly<Record<TransactionCall, readonly State[]>> = {
  initTransactions: ["new"],
  beginTransaction: ["ready"],
  send: ["open"],
  sendOffsetsToTransaction: ["open"],
  commitTransaction: ["open"],
  abortTransaction: ["open", "failed"],
};

const WHY: Readonly<Record<State, string>> = {
  new: "initTransactions comes first",
  ready: "there is no transaction: beginTransaction begins one",
  open: "a transaction is open: commit or abort it first",
  committing: "the transaction is being committed: wait for that",
  failed: "something of the transaction was not written: abortTransaction ends it",
  aborting: "the transaction is being aborted: wait for that",
};

export class TransactionState {
  #state: State = "new";
  #error: Error | undefined;

  get isOpen(): boolean {
    return this.#state === "open" || this.#state === "failed";
  }

  /** Throws a ProducerError if `call` is not possible now. */
  check(call: TransactionCall): void {
    if (ALLOWED[call].includes(this.#state)) return;
    if (call === "initTransactions") {
      throw new ProducerError("state", "initTransactions was called before: once is enough", false);
    }
    const reason = this.#error === undefined ? "" : ` (${this.#error.message})`;
    const options = this.#error === undefined ? {} : { cause: this.#error };
    throw new ProducerError("state", `${call}: ${WHY[this.#state]}${reason}`, false, options);
  }

  initialised(): void {
    this.#state = "ready";
  }

  begin(): void {
    this.check("beginTransaction");
    this.#state = "open";
  }

  /** Nothing is added any more. */
  commit(): void {
    this.check("commitTransaction");
    this.#state = "committing";
  }

  /** Throws a ProducerError if something has failed since `commit`. */
  checkCommitting(): void {
    if (this.#state !== "committing") this.check("commitTransaction");
  }

  /** It can only be aborted, or aborted again. */
  failed(error: Error): void {
    if (this.#state === "new" || this.#state === "ready" || this.#state === "failed") return;
    this.#state = "failed";
    this.#error = error;
  }

  aborting(): void {
    this.#state = "aborting";
  }

  ended(): void {
    this.#state = "ready";
    this.#error = undefined;
  }
}
