import { mapConcurrently } from "#base";
import { resolveTarget } from "../../deploy/index.ts";
import { connect } from "../../kubernetes/index.ts";
import type { FleetCluster } from "../../rollout/index.ts";
import { type CommandContext, type ExitCode, exitCodes, formatTable, reportError } from "../../terminal/index.ts";
import { observeTrust } from "../observe.ts";
import { formatBlockers } from "../rotation.ts";
import {
  type CertificateStatus,
  deployedCertificates,
  endingWithin,
  type TrustStatus,
  trustStatus,
} from "../trust-status.ts";
import { type FleetFlags, openFleet } from "./fleet.ts";
import { openStack } from "./stack.ts";

export interface FleetStatusFlags extends FleetFlags {
  /** Milliseconds. */
  readonly failBefore?: number;
  readonly json: boolean;
}

/** How the trust of one cluster stands, or why nobody knows. */
type Seen =
  | { readonly cluster: string; readonly installations: readonly TrustStatus[]; readonly ending: readonly Ending[] }
  | { readonly cluster: string; readonly problem: string };
type Ending = CertificateStatus & { readonly namespace: string };

/**
 * `edgectl trust status --fleet`: ends with 3 when a CA ends within `--fail-before`, else with 1 when a cluster could not
 * be looked at.
 */
export async function fleetStatusCommand(flags: FleetStatusFlags, context: CommandContext): Promise<ExitCode> {
  const { waves } = await openFleet(flags, context);
  const now = Date.now();
  const clusters = waves.flatMap((wave) => wave.clusters);
  const all = await mapConcurrently(clusters, (cluster) => lookAt(cluster, flags, context, now));
  if (flags.json) await context.output.json({ clusters: all });
  else await context.output.write(format(all));
  const isEnding = all.some((one) => "ending" in one && one.ending.length > 0);
  if (flags.failBefore !== undefined && isEnding) return exitCodes.findings;
  return all.some((one) => "problem" in one) ? exitCodes.error : exitCodes.done;
}

async function lookAt(
  { name, stack, target }: FleetCluster,
  { failBefore = 0 }: FleetStatusFlags,
  { projectDirectory }: CommandContext,
  now: number,
): Promise<Seen> {
  try {
    const cluster = await connect(await resolveTarget(projectDirectory, { ...target, stack }));
    const namespaces = [...(await openStack(projectDirectory, stack)).file.installations.keys()].sort();
    const installations = await mapConcurrently(namespaces, async (namespace) =>
      trustStatus(await observeTrust(cluster, namespace), now),
    );
    const ending = installations.flatMap((status) =>
      endingWithin(status, now, failBefore).map((one) => ({ namespace: status.namespace, ...one })),
    );
    return { cluster: name, installations, ending };
  } catch (error) {
    return { cluster: name, problem: reportError(error, { json: false, debug: false }).text.trimEnd() };
  }
}

function format(all: readonly Seen[]): string {
  const rows = all.flatMap((seen) => {
    if ("problem" in seen) return [[seen.cluster, "-", "-", "-", "not seen", "-", "-"]];
    return seen.installations.map((status) => [seen.cluster, ...rowOf(status)]);
  });
  const header = ["CLUSTER", "NAMESPACE", "ROOTS", "WORKLOAD CA", "PHASE", "PODS WITH IT", "FIRST CA ENDS"];
  const sections = all.flatMap((seen) => {
    if ("problem" in seen) return [`\n${seen.cluster}: ${seen.problem}\n`];
    const blockers = formatBlockers(seen.installations.flatMap((status) => status.blockers));
    return [
      ...(blockers === "" ? [] : [`\nBlocks the next step in ${seen.cluster}:\n${blockers}\n`]),
      ...seen.ending.map(({ namespace, kind, name, notAfter }) => {
        return `\nEnds soon in ${seen.cluster}: ${namespace}: ${kind} ${name} at ${notAfter}. Deploy the stack to renew it.\n`;
      }),
    ];
  });
  return `${formatTable(header, rows)}${sections.join("")}`;
}

function rowOf(status: TrustStatus): readonly string[] {
  const { namespace, deployed, roots, workloadCa, phase, pods } = status;
  if (!deployed) return [namespace, "-", "-", "not deployed", "-", "-"];
  const generations = roots.map(({ id, state }) => `${id} ${state}`).join(", ") || "(none of its own)";
  const ends = deployedCertificates(status).map(({ notAfter }) => notAfter);
  return [namespace, generations, workloadCa, phase, `${pods.current} of ${pods.total}`, ends.sort()[0] ?? "-"];
}
