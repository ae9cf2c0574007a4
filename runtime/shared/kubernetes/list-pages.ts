import type { Selection } from "#base";
import type { ApiClient } from "./api-client.ts";

interface Page<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** Lists a collection page by page, so that one of any size takes the memory of a page. */
export async function* listPages<T>(
  client: ApiClient,
  options: {
    readonly path: string;
    readonly selection?: Selection;
    readonly size: number;
    readonly signal?: AbortSignal;
  },
): AsyncGenerator<Page<T>> {
  const { path, selection, size, signal } = options;
  let next: string | undefined;
  do {
    const query = { ...selection, limit: String(size), continue: next };
    const page: Page<T> = await client.call({ verb: "list", path, query, ...(signal && { signal }) });
    yield page;
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
}
