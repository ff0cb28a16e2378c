/** Waits for `promise`, but not longer than `withinMs`, and whatever becomes of it. */
export async function settledWithin(promise: Promise<unknown>, withinMs: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, withinMs);
  await Promise.race([promise.catch(() => {}), late.promise]);
  clearTimeout(timer);
}
