import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Layout } from "../layout.ts";
import { familyPlans, networkPlan } from "../network-plan.ts";
import type { KeyPair } from "./authority.ts";
import { renderKubeconfig } from "./kubeconfig.ts";

/** What the authority of a cluster is to issue. */
export interface PkiPlan {
  /** Name of the context in every kubeconfig. */
  readonly context: string;
  /** URL of the API server. */
  readonly server: string;
  /** Whether there is a node, or only the control plane. */
  readonly node: boolean;
}

/** Name of the user as which the API server calls the kubelet; bound to ClusterRole `system:kubelet-api-admin`. */
export const kubeletClientUser = "kube-apiserver-kubelet-client";
/** Name of CoreDNS's user; bound to a ClusterRole of its own. */
export const dnsUser = "system:coredns";

/** Name of the user with whose certificate this project probes the cluster; left out of the audit log. */
export const probeUser = "edge-local:probe";

interface User {
  readonly name: string;
  readonly commonName: string;
  readonly organization?: string;
}

const controlPlaneUsers: readonly User[] = [
  { name: "kube-controller-manager", commonName: "system:kube-controller-manager" },
];
const nodeUsers: readonly User[] = [
  { name: "kube-scheduler", commonName: "system:kube-scheduler" },
  { name: "kube-proxy", commonName: "system:kube-proxy" },
  { name: "kubelet", commonName: `system:node:${networkPlan.nodeName}`, organization: "system:nodes" },
  { name: "coredns", commonName: dnsUser },
];

/** Writes the cluster's keys, certificates and kubeconfigs, unless they are there. All private files have mode 0600. */
export async function ensurePki(layout: Layout, plan: PkiPlan, now = new Date()): Promise<void> {
  // Written last: while it is missing, the rest may be incomplete.
  if (existsSync(layout.kubeconfig)) return;
  // Loaded here: the X.509 library is slow to load, and only a new cluster needs it.
  const { createAuthority, createKeys } = await import("./authority.ts");
  const authority = await createAuthority("edge-local-ca", now);
  writePrivate(layout.pki("ca.crt"), authority.certificate);
  writePrivate(layout.pki("ca.key"), authority.key);

  const serviceAccount = await createKeys();
  writePrivate(layout.pki("service-account.pub"), serviceAccount.publicKey);
  writePrivate(layout.pki("service-account.key"), serviceAccount.privateKey);

  const pairs = {
    "kube-apiserver": { commonName: "kube-apiserver", names: apiServerNames },
    "kubelet-client": { commonName: kubeletClientUser },
    kubelet: { commonName: networkPlan.nodeName, names: kubeletNames },
    probe: { commonName: probeUser, organization: "system:masters" },
  };
  for (const [name, subject] of Object.entries(pairs)) writePair(layout, name, await authority.issue(subject));

  const writeUser = async (path: string, user: User) => {
    const credentials = await authority.issue(user);
    const content = { ...plan, authority: authority.certificate, user: user.name, credentials };
    writePrivate(path, renderKubeconfig(content));
  };
  const users = plan.node ? [...controlPlaneUsers, ...nodeUsers] : controlPlaneUsers;
  for (const user of users) await writeUser(layout.userKubeconfig(user.name), user);
  const admin = await authority.issue({ commonName: "admin", organization: "system:masters" });
  writePrivate(
    layout.kubeconfig,
    renderKubeconfig({ ...plan, authority: authority.certificate, user: "admin", credentials: admin }),
  );
}

/** Certificates with which this project itself probes the cluster, all PEM. */
export function readProbeTls(layout: Layout): { ca: string; cert: string; key: string } {
  const read = (file: string) => readFileSync(layout.pki(file), "utf8");
  return { ca: read("ca.crt"), cert: read("probe.crt"), key: read("probe.key") };
}

const ip = (value: string) => ({ type: "ip", value }) as const;

const apiServerNames = [
  ip("127.0.0.1"),
  ...familyPlans.flatMap(({ nodeAddress, apiServiceAddress }) => [ip(nodeAddress), ip(apiServiceAddress)]),
  ...["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(
    (value) => ({ type: "dns", value }) as const,
  ),
  { type: "dns", value: `kubernetes.default.svc.${networkPlan.clusterDomain}` },
] as const;

const kubeletNames = [
  ...familyPlans.map(({ nodeAddress }) => ip(nodeAddress)),
  { type: "dns", value: networkPlan.nodeName },
] as const;

function writePair(layout: Layout, name: string, pair: KeyPair): void {
  writePrivate(layout.pki(`${name}.crt`), pair.certificate);
  writePrivate(layout.pki(`${name}.key`), pair.key);
}

function writePrivate(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { mode: 0o600 });
}
