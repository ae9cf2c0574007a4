import { systemTimer, waitFor } from "#base";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { type Blocker, bundleBlockers, rootBlockers } from "../blockers.ts";
import { trustErrors } from "../errors.ts";
import { revocation } from "../goals.ts";
import type { TrustChange } from "../next-step.ts";
import { brokenBy } from "../revocation-impact.ts";
import { describeWait, formatBlockers } from "../rotation.ts";
import { type ChangeFlags, requireStacks } from "./fleet.ts";
import { type StackWorld, stackWorld } from "./world.ts";

export interface RevokeFlags extends ChangeFlags {
  readonly yes: boolean;
}

const notDone: ExitCode = 1;
/** Told after what would break. */
export const nothingChanged = "Nothing is changed yet. Add --yes to do it.\n";

/** `edgectl trust revoke-root`: bundle first, then certificates. Requests fail until both have reached every pod. */
export async function revokeCommand(id: string, flags: RevokeFlags, context: CommandContext): Promise<ExitCode> {
  if (flags.fleet !== undefined) return (await import("./revoke-fleet.ts")).revokeFleet(id, flags, context);
  let exitCode: ExitCode = 0;
  for (const stack of requireStacks(flags, "revoke-root")) {
    const one = await stackWorld(stack, flags, context);
    const changes = revocationsOf(one, id);
    if (changes.size === 0) throw unknownRoot(stack, one, id);
    await context.output.write(await breaks(one, changes, id));
    if (!flags.yes) {
      await context.output.write(nothingChanged);
      continue;
    }
    await one.world.edit(changes);
    await one.world.deploy();
    const left = await waitUntilGone(one, [...changes.keys()], flags, context);
    await context.output.write(
      left.length === 0
        ? `stack ${stack}: nobody trusts ${id} any more, and nothing below it is in use\n`
        : `stack ${stack}: ${id} is out of the bundle; still broken:\n${formatBlockers(left)}\n`,
    );
    if (left.length > 0) exitCode = notDone;
  }
  return exitCode;
}

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

function unknownRoot(stack: string, { open }: StackWorld, root: string): Error {
  const ids = [...open.file.installations.values()].flatMap(({ roots }) => roots.map(({ id }) => id));
  return trustErrors.EDGE_TRUST_ROOT_UNKNOWN({ stack, root, roots: [...new Set(ids)].join(", ") });
}
