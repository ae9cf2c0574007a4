import type { Clock, Informer } from "#base";

/** Longest wait: a write may be undone before an informer sees it. */
const maxWait = 5000;

/** Waits until informers show what was just written, so that the next decision does not rest on an older state. */
export async function caughtUp(
  informers: Iterable<Informer<unknown>>,
  isSeen: () => boolean,
  clock: Clock,
): Promise<void> {
  if (isSeen()) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      cancel();
      for (const unsubscribe of subscriptions) unsubscribe();
      resolve();
    };
    const cancel = clock.after(maxWait, end);
    const subscriptions = [...informers].map((informer) => informer.onChange(() => isSeen() && end()));
  });
}
