/**
 * Time and memory of `edgectl rbac diff` on the manifests of 1 000 installations, about 20 000 objects on each side.
 * The head widens one rule of every installation and binds one of them to cluster-admin.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  clusterObjectNames,
  edgeAgentRules,
  iotedgedRules,
  nodeObserverRules,
  objectNames,
  type PolicyRule,
  tokenReviewerRules,
} from "#contract";
import { print } from "../../infra/rbac/output/print.ts";
import { buildDiff } from "../../infra/rbac/report/build.ts";
import { readManifests } from "../../infra/rbac/source/manifests.ts";

const installations = 1_000;
const limits = { seconds: 3, megabytes: 600 };
const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;

const folder = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
try {
  const [base, head] = [join(folder, "base.json"), join(folder, "head.json")];
  const objects = await write(base, false);
  await write(head, true);
  const started = performance.now();
  const report = buildDiff(await readManifests(base), await readManifests(head));
  const bytes = print(report, "markdown").length + print(report, "json").length + print(report, "sarif").length;
  const seconds = (performance.now() - started) / 1000;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const result = {
    installations,
    objects,
    seconds,
    megabytes: Math.round(megabytes),
    entries: report.changes.length,
    limits,
  };
  process.stdout.write(
    process.argv.includes("--json")
      ? `${JSON.stringify({ results: [result] }, null, 2)}\n`
      : `rbac diff of ${installations} installations, ${objects} objects a side: ${seconds.toFixed(2)} s (limit ` +
          `${limits.seconds} s), ${result.megabytes} MB at most (limit ${limits.megabytes} MB); ${result.entries} entries, ` +
          `${Math.round(bytes / 1024)} kB of reports\n`,
  );
  if (seconds > limits.seconds || megabytes > limits.megabytes) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

async function write(file: string, changed: boolean): Promise<number> {
  const items = Array.from({ length: installations }, (_, index) => installation(index, changed)).flat();
  await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  return items.length;
}

/** What an installation with five modules declares, and what that makes at run time. */
function installation(index: number, changed: boolean): object[] {
  const namespace = `edge-${index}`;
  const names = clusterObjectNames(namespace);
  const modules = ["sensor", "filter", "camera", "gateway", "uplink"];
  const agentRules: readonly PolicyRule[] = changed
    ? [...edgeAgentRules, { apiGroups: [""], resources: ["secrets"], verbs: ["get"] }]
    : edgeAgentRules;
  const admin = changed && index === 500 ? "cluster-admin" : names.tokenReviewer;
  const daemons = [objectNames.iotedged, objectNames.edgeAgent];
  return [
    ...[...daemons, ...modules].map((name) => object("v1", "ServiceAccount", name, namespace)),
    ...[...daemons, ...modules].map((name) => object("apps/v1", "Deployment", name, namespace, { spec: {} })),
    role("Role", objectNames.iotedged, iotedgedRules, namespace),
    binding("RoleBinding", objectNames.iotedged, ["Role", objectNames.iotedged], account(namespace), namespace),
    role("Role", objectNames.edgeAgent, agentRules, namespace),
    binding("RoleBinding", objectNames.edgeAgent, ["Role", objectNames.edgeAgent], agent(namespace), namespace),
    role("ClusterRole", names.tokenReviewer, tokenReviewerRules),
    binding("ClusterRoleBinding", names.tokenReviewer, ["ClusterRole", admin], account(namespace)),
    role("ClusterRole", names.nodeObserverRole, nodeObserverRules),
    binding(
      "ClusterRoleBinding",
      names.nodeObserverBinding,
      ["ClusterRole", names.nodeObserverRole],
      account(namespace),
    ),
  ];
}

function object(version: string, kind: string, name: string, namespace?: string, rest: object = {}): object {
  return { apiVersion: version, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, ...rest };
}

function role(kind: string, name: string, rules: readonly PolicyRule[], namespace?: string): object {
  return object(apiVersion, kind, name, namespace, { rules });
}

function binding(
  kind: string,
  name: string,
  ref: readonly [string, string],
  subject: object,
  namespace?: string,
): object {
  const roleRef = { apiGroup: group, kind: ref[0], name: ref[1] };
  return object(apiVersion, kind, name, namespace, { roleRef, subjects: [subject] });
}

function account(namespace: string): object {
  return { kind: "ServiceAccount", name: objectNames.iotedged, namespace };
}

function agent(namespace: string): object {
  return { kind: "ServiceAccount", name: objectNames.edgeAgent, namespace };
}
