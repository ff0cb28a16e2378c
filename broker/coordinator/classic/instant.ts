/** A moment, by both clocks. State machines are told it; they have none of their own. */
export interface Instant {
  /** On the monotonic clock: timeouts. */
  readonly nowMs: number;
  /** Since 1970: what is kept in records. */
  readonly wallMs: number;
}
