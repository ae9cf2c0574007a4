import { mapConcurrently } from "#base";
import { hintsFor } from "../../deploy/index.ts";
import type { FleetCluster } from "../../rollout/index.ts";
import { type CommandContext, type ExitCode, exitCodes, failureOf, reportError } from "../../terminal/index.ts";
import { isTrusted } from "../../trust-model/index.ts";
import { trustErrors } from "../errors.ts";
import {
  type ClusterStanding,
  formatRevocation,
  isRevoked,
  revocationAsJson,
  type Standing,
} from "../fleet/revocation-report.ts";
import { contextOf, flagsOf, type OpenFleet, openFleet } from "./fleet.ts";
import { type FleetLocks, withFleetLocks } from "./fleet-locks.ts";
import { breaks, nothingChanged, type RevokeFlags, revocationsOf, waitUntilGone } from "./revocation.ts";
import { openStack } from "./stack.ts";
import { type StackWorld, stackWorld } from "./world.ts";

/** Clusters from which the root is taken at the same time. */
const width = 20;

interface Member {
  readonly cluster: FleetCluster;
  readonly wave: string;
}

/**
 * `edgectl trust revoke-root --fleet`: all clusters at once, whatever their waves may bear, since every minute counts.
 * No cluster stops another. What is done follows from the stacks' files and the clusters, so it can be repeated.
 */
export async function revokeFleet(id: string, flags: RevokeFlags, context: CommandContext): Promise<ExitCode> {
  const fleet = await openFleet(flags, context);
  const members = fleet.waves.flatMap(({ name: wave, clusters }) => clusters.map((cluster) => ({ cluster, wave })));
  if (!flags.yes) return tellWhatBreaks(id, members, flags, context);
  const clusters = members.map(({ cluster }) => cluster);
  const { run, standings } = await withFleetLocks(clusters, context, async (locks) => {
    const begin = async ({ cluster, wave }: Member) => {
      return { cluster: cluster.name, wave, ...(await takeOut(id, cluster, flags, context, locks)) };
    };
    const begun = await mapConcurrently(members, begin, width);
    const settled = begun.map(async (one): Promise<ClusterStanding> => ({ ...one, standing: await one.standing }));
    return { run: locks.run, standings: await Promise.all(settled) };
  });
  const all = [...standings, ...(await leftOutWith(id, fleet, flags, context))];
  if (all.every(({ standing: { state } }) => state === "absent")) throw unknownRoot(id, fleet);
  if (flags.json) await context.output.json(revocationAsJson(id, run, all));
  else await context.output.write(formatRevocation(id, all));
  context.signal.throwIfAborted();
  return isRevoked(all) ? exitCodes.done : exitCodes.partial;
}

/**
 * Resolves as soon as the root is out of the bundle. For everybody to follow, which `standing` waits for, takes minutes in
 * which other clusters have their turn.
 */
async function takeOut(
  id: string,
  cluster: FleetCluster,
  flags: RevokeFlags,
  context: CommandContext,
  locks: FleetLocks,
): Promise<{ readonly standing: Standing | Promise<Standing> }> {
  const own = contextOf(cluster, context);
  try {
    context.signal.throwIfAborted();
    const one = await stackWorld(cluster.stack, flagsOf(cluster, flags), own, () => locks.hold(cluster));
    const changes = revocationsOf(one, id);
    if (changes.size === 0) {
      await refuseUndeclared(id, cluster.stack, one);
      return { standing: { state: "absent" } };
    }
    await one.world.edit(changes);
    await one.world.deploy();
    own.progress.note(`${id} is out of the bundle`);
    return { standing: follow(one, [...changes.keys()], flags, own) };
  } catch (error) {
    own.progress.note("failed");
    return { standing: { state: "trusted", error } };
  }
}

async function follow(
  one: StackWorld,
  namespaces: readonly string[],
  flags: RevokeFlags,
  context: CommandContext,
): Promise<Standing> {
  try {
    const left = await waitUntilGone(one, namespaces, flags, context);
    return left.length === 0 ? { state: "gone" } : { state: "leaving", left };
  } catch (error) {
    return { state: "leaving", left: [], error };
  }
}

/** Where the file has dropped the root already, the cluster may still have it. */
async function refuseUndeclared(id: string, stack: string, { world, namespaces, target }: StackWorld): Promise<void> {
  const { up } = hintsFor(target, stack);
  for (const installation of namespaces) {
    const deployed = (await world.observe(installation)).deployed?.roots ?? [];
    if (!deployed.some((root) => root.id === id && isTrusted(root.state))) continue;
    throw trustErrors.EDGE_TRUST_CONFLICT({
      command: "edgectl trust revoke-root",
      installation,
      reason: `the cluster has root ${id}, and the stack's file has dropped it`,
      remedy: `Deploy the stack by \`${up}\`, or write ${id} into trust.roots as revoked and run the command again.`,
    });
  }
}

/** Clusters that no wave takes are named where the command is about the whole fleet. */
async function leftOutWith(
  id: string,
  { leftOut }: OpenFleet,
  { wave, cluster }: RevokeFlags,
  { projectDirectory }: CommandContext,
): Promise<readonly ClusterStanding[]> {
  if (wave !== undefined || cluster !== undefined) return [];
  return mapConcurrently(leftOut, async ({ name, stack }) => {
    const standing = await standingOf(id, projectDirectory, stack).catch(
      (error): Standing => ({ state: "trusted", error }),
    );
    return { cluster: name, wave: undefined, standing };
  });
}

async function standingOf(id: string, projectDirectory: string, stack: string): Promise<Standing> {
  const { installations } = (await openStack(projectDirectory, stack)).file;
  const roots = [...installations.values()].flatMap((declared) => declared.roots);
  const isDeclared = roots.some((root) => root.id === id && isTrusted(root.state));
  return { state: isDeclared ? "left out" : "absent" };
}

function unknownRoot(id: string, { name }: OpenFleet): Error {
  const remedy = "Name one that `npx edgectl trust status {fleetOption}` shows.";
  return trustErrors.EDGE_TRUST_FLEET({ fleet: name, problem: `none of its clusters has a root ${id}`, remedy });
}

/** Looks alone: nothing is locked, and nothing changed. */
async function tellWhatBreaks(
  id: string,
  members: readonly Member[],
  flags: RevokeFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const all = await mapConcurrently(members, async ({ cluster, wave }) => {
    try {
      const one = await stackWorld(cluster.stack, flagsOf(cluster, flags), contextOf(cluster, context));
      return { cluster: cluster.name, wave, breaks: await breaks(one, revocationsOf(one, id), id) };
    } catch (error) {
      return { cluster: cluster.name, wave, error };
    }
  });
  context.signal.throwIfAborted();
  if (flags.json) {
    const clusters = all.map(({ error, ...one }) => ({
      ...one,
      ...(error !== undefined && { failure: failureOf(error) }),
    }));
    await context.output.json({ root: id, clusters });
  } else {
    for (const { cluster, breaks: text, error } of all) {
      const lines = text ?? reportError(error, { json: false, debug: false }).text;
      await context.output.write(lines.replace(/^(?=\S)/gm, `${cluster}: `) || `${cluster}: has no root ${id}\n`);
    }
    await context.output.write(nothingChanged);
  }
  return all.some(({ error }) => error !== undefined) ? exitCodes.error : exitCodes.done;
}
