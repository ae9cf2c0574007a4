/** Requests in flight at most: quick enough, and gentle to a small API server. */
const width = 6;

/**
 * Maps the items with a few calls at a time. The result is in the order of the items; the first failure ends it.
 *
 * @param limit calls at a time
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  action: (item: T) => Promise<R>,
  limit = width,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const entries = items.entries();
  const work = async () => {
    for (const [index, item] of entries) results[index] = await action(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}
