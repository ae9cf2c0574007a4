import { findInstallations, resolveTarget } from "../../deploy/index.ts";
import { connect } from "../../kubernetes/index.ts";
import { type CommandContext, type ExitCode, exitCodes, formatTable } from "../../terminal/index.ts";
import { readTrust } from "../read-trust.ts";
import { formatBlockers } from "../rotation.ts";
import { type CertificateStatus, endingWithin, type TrustStatus } from "../trust-status.ts";
import { openStack } from "./stack.ts";
import type { FleetStatusFlags } from "./status-fleet.ts";

export interface TrustStatusFlags extends FleetStatusFlags {
  readonly stack?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** `edgectl trust status`: ends with 3 when a CA ends within `--fail-before`. */
export async function trustStatusCommand(flags: TrustStatusFlags, context: CommandContext): Promise<ExitCode> {
  if (flags.fleet !== undefined) return (await import("./status-fleet.ts")).fleetStatusCommand(flags, context);
  const target = await resolveTarget(context.projectDirectory, flags);
  const cluster = await connect(target);
  const namespaces =
    flags.stack === undefined
      ? await findInstallations(cluster)
      : [...(await openStack(context.projectDirectory, flags.stack)).file.installations.keys()];
  const now = Date.now();
  const statuses = await readTrust(cluster, namespaces);
  const ending = statuses.flatMap((status) =>
    endingWithin(status, now, flags.failBefore ?? 0).map((one) => ({ namespace: status.namespace, ...one })),
  );
  if (flags.json) await context.output.json({ context: target.context, installations: statuses, ending });
  else await context.output.write(formatStatuses(statuses, ending));
  return flags.failBefore !== undefined && ending.length > 0 ? exitCodes.findings : exitCodes.done;
}

type Ending = CertificateStatus & { readonly namespace: string };

function formatStatuses(statuses: readonly TrustStatus[], ending: readonly Ending[]): string {
  if (statuses.length === 0) return "There is no installation.\n";
  const rows = statuses.map((status) => {
    const { namespace, deployed, bundle, roots, workloadCa, phase, pods } = status;
    if (!deployed) return [namespace, "-", "-", "-", "not deployed", "-"];
    const generations = roots.map(({ id, state }) => `${id} ${state}`).join(", ") || "(none of its own)";
    return [namespace, generations, workloadCa, bundle.slice(0, 12), phase, `${pods.current} of ${pods.total}`];
  });
  const table = formatTable(["NAMESPACE", "ROOTS", "WORKLOAD CA", "BUNDLE", "PHASE", "PODS WITH IT"], rows);
  const certificates = statuses.flatMap(({ namespace, certificates: all }) =>
    all.map(({ kind, name, notAfter }) => [namespace, kind, name, notAfter]),
  );
  const ends = formatTable(["NAMESPACE", "CERTIFICATE", "OF", "ENDS"], certificates);
  const blockers = formatBlockers(statuses.flatMap((status) => status.blockers));
  const estimates = statuses.flatMap(({ namespace, estimate }) =>
    estimate === undefined ? [] : [`  ${namespace}: nothing of it is left at ${estimate}`],
  );
  return [
    `${table}\n${ends}`,
    blockers === "" ? "" : `\nBlocks the next step:\n${blockers}\n`,
    estimates.length === 0 ? "" : `${estimates.join("\n")}\n`,
    ending.length === 0 ? "" : `\nEnds soon:\n${ending.map(formatEnding).join("\n")}\n`,
  ].join("");
}

function formatEnding({ namespace, kind, name, notAfter }: Ending): string {
  return `  ${namespace}: ${kind} ${name} at ${notAfter}. Deploy the stack to renew it.`;
}
