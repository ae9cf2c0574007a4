/**
 * Waits for all, then throws the first error if there is one. Unlike with `Promise.all`, nothing goes on in the background
 * when it throws, so what was done can be undone.
 */
export async function settleAll(promises: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
