import { systemTimer, waitFor } from "#base";
import type { CommandContext } from "../../terminal/index.ts";
import { type Blocker, bundleBlockers, rootBlockers } from "../blockers.ts";
import { revocation } from "../goals.ts";
import type { TrustChange } from "../next-step.ts";
import { brokenBy } from "../revocation-impact.ts";
import { describeWait } from "../rotation.ts";
import type { ChangeFlags } from "./fleet.ts";
import type { StackWorld } from "./world.ts";

export interface RevokeFlags extends ChangeFlags {
  readonly yes: boolean;
}

/** Told after what would break. */
export const nothingChanged = "Nothing is changed yet. Add --yes to do it.\n";

type Revocations = ReadonlyMap<string, TrustChange>;

/** What revoking the root changes, by the namespaces of the installations that have it. */
export function revocationsOf({ open, namespaces }: StackWorld, id: string): Revocations {
  const changes = new Map<string, TrustChange>();
  for (const namespace of namespaces) {
    const declared = open.file.installations.get(namespace);
    const change = declared && revocation(declared, id);
    if (change !== undefined) changes.set(namespace, change);
  }
  return changes;
}

/** What the revocations break, for people. */
export async function breaks({ world }: StackWorld, changes: Revocations, id: string): Promise<string> {
  const texts: string[] = [];
  for (const namespace of changes.keys()) texts.push(brokenBy(await world.observe(namespace), id));
  return texts.join("");
}

/**
 * Waits until every client has followed, as long as the flags say.
 *
 * @returns who has not
 */
export async function waitUntilGone(
  { world }: StackWorld,
  namespaces: readonly string[],
  { timeout }: RevokeFlags,
  { signal, progress }: CommandContext,
): Promise<readonly Blocker[]> {
  let left: readonly Blocker[] = [];
  let told = "";
  const look = async () => {
    const observed = await Promise.all(namespaces.map((namespace) => world.observe(namespace)));
    left = observed.flatMap((one) => [...bundleBlockers(one), ...rootBlockers(one, Date.now())]);
    if (left.length === 0) return true;
    const text = describeWait(left);
    if (text !== told) progress.note(text);
    told = text;
    return undefined;
  };
  await waitFor(look, { timer: systemTimer, timeout, signal });
  return left;
}
