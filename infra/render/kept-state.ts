import type { StateEntry } from "./state-store.ts";

/**
 * The keys and certificates that the text of a state holds, by URN.
 *
 * @param place what messages call where the text is from
 * @throws EDGE_RENDER_STATE_INVALID
 */
export async function readKeptState(text: string, place: string): Promise<ReadonlyMap<string, StateEntry>> {
  const { parseState } = await import("./state-store.ts");
  return parseState(text, place);
}
