import { rm } from "node:fs/promises";
import { type StateStorage, storageOf } from "../render/index.ts";
import { stateErrors } from "./errors.ts";
import { ownStacks, type SharedState, shown } from "./shared-state.ts";

/**
 * Moves the states that this machine has for itself to where the team has its state. A file goes when what was written in
 * its place has been read back.
 *
 * @returns the stacks' names
 * @throws EDGE_STATE_NOT_MOVED where the team has another state of the stack
 */
export async function moveOwnStates(projectDirectory: string, shared: SharedState): Promise<readonly string[]> {
  const stacks = await ownStacks(projectDirectory);
  for (const stack of stacks) await move(storageOf({ projectDirectory, stack }), shared.storage(stack), stack);
  return stacks;
}

async function move(own: StateStorage, shared: StateStorage, stack: string): Promise<void> {
  const [mine, theirs] = [await own.read(), await shared.read()];
  if (mine === undefined) return;
  const refused = () => stateErrors.EDGE_STATE_NOT_MOVED({ file: shown(own.place), stack });
  if (theirs !== undefined && theirs.text !== mine.text) throw refused();
  if (theirs === undefined) await shared.replace(undefined, mine.text);
  if ((await shared.read())?.text !== mine.text || (await own.read())?.text !== mine.text) throw refused();
  await rm(own.place);
}
