import { type ClusterPlan, type FamilyPlan, networkPlan } from "../network-plan.ts";
import { commandOutput, runCommand } from "../process/command.ts";

/** The machine's packet filters: the commands that print and change them. */
const families = {
  IPv4: { save: "iptables-save", restore: "iptables-restore" },
  IPv6: { save: "ip6tables-save", restore: "ip6tables-restore" },
} as const;

const ownChains = { masquerade: "EDGE-LOCAL-MASQ", forward: "EDGE-LOCAL-FORWARD", input: "EDGE-LOCAL-INPUT" } as const;
const hostPortChain = /^CNI-HOSTPORT-/;
const ownNetwork = `name: \\"${networkPlan.cniNetwork}\\"`;

/** One table of a packet filter. */
interface Table {
  readonly name: string;
  readonly chains: readonly string[];
  /** As iptables prints them: `-A <chain> ...`. */
  readonly rules: readonly string[];
}

/** Parses what `iptables-save` prints. */
export function parseTables(save: string): Table[] {
  const tables: { name: string; chains: string[]; rules: string[] }[] = [];
  for (const line of save.split("\n")) {
    if (line.startsWith("*")) tables.push({ name: line.slice(1), chains: [], rules: [] });
    else if (line.startsWith(":")) tables.at(-1)?.chains.push(line.slice(1).split(" ")[0] ?? "");
    else if (line.startsWith("-A ")) tables.at(-1)?.rules.push(line);
  }
  return tables;
}

/**
 * Chains of a table that a local cluster made: its own, Kubernetes', and the CNI plugins' for its network. Other programs
 * use the CNI plugins as well, so their shared chains count only when no other program's rules are in them.
 */
export function clusterChains({ chains, rules }: Table): string[] {
  const portMaps = rules.filter((rule) => rule.includes(ownNetwork)).flatMap((rule) => targetOf(rule) ?? []);
  const foreign = rules.some(
    (rule) => rule.startsWith("-A CNI-HOSTPORT-DNAT ") && !portMaps.includes(targetOf(rule) ?? ""),
  );
  return chains.filter(
    (chain) =>
      /^(KUBE-|EDGE-LOCAL-)/.test(chain) || portMaps.includes(chain) || (hostPortChain.test(chain) && !foreign),
  );
}

/** Input of `iptables-restore --noflush` that removes what a cluster made, and nothing else; empty if there is nothing. */
export function removalScript(save: string): string {
  return parseTables(save)
    .flatMap((table) => {
      const chains = clusterChains(table);
      if (chains.length === 0) return [];
      const jumps = table.rules.filter(
        (rule) => !chains.includes(chainOf(rule)) && chains.includes(targetOf(rule) ?? ""),
      );
      return [
        `*${table.name}`,
        ...chains.map((chain) => `:${chain} - [0:0]`), // empties it
        ...jumps.map((rule) => rule.replace("-A ", "-D ")),
        ...chains.map((chain) => `-X ${chain}`),
        "COMMIT",
        "",
      ];
    })
    .join("\n");
}

/**
 * Input of `iptables-restore --noflush` that lets pods reach each other, the API server and the world, on machines that
 * refuse to forward by default, too. Goes in before kube-proxy starts: its rules must come first.
 */
export function admissionScript(save: string, { podRange, nodeAddress }: FamilyPlan): string {
  const present = new Set(parseTables(save).flatMap(({ chains }) => chains));
  if (Object.values(ownChains).every((chain) => present.has(chain))) return "";
  const { masquerade, forward, input } = ownChains;
  return `*nat
:${masquerade} - [0:0]
-A ${masquerade} -s ${podRange} ! -d ${podRange} -j MASQUERADE
-A POSTROUTING -j ${masquerade}
COMMIT
*filter
:${forward} - [0:0]
-A ${forward} -s ${podRange} -j ACCEPT
-A ${forward} -d ${podRange} -j ACCEPT
-I FORWARD -j ${forward}
:${input} - [0:0]
-A ${input} -s ${podRange} -d ${nodeAddress} -j ACCEPT
-I INPUT -j ${input}
COMMIT
`;
}

/** Adds the cluster's own rules, unless they are there. */
export async function admitPods(plan: ClusterPlan): Promise<void> {
  for (const each of plan) {
    const { save, restore } = families[each.family];
    const script = admissionScript(await commandOutput(save, []), each);
    if (script !== "") await commandOutput(restore, ["--noflush", "--wait"], { input: script });
  }
}

/** Removes all rules and chains that a cluster made. */
export async function removeClusterRules(): Promise<void> {
  for (const { save, restore } of Object.values(families)) {
    const script = removalScript(await savedRules(save));
    if (script !== "") await commandOutput(restore, ["--noflush", "--wait"], { input: script });
  }
}

/** Chains on this machine that a local cluster, or another Kubernetes, made. */
export async function listClusterChains(): Promise<string[]> {
  const saved = await Promise.all(Object.values(families).map(({ save }) => savedRules(save)));
  return saved.flatMap((text) => parseTables(text).flatMap(clusterChains));
}

/** Empty where the kernel or the machine has no such packet filter. */
async function savedRules(command: string): Promise<string> {
  const result = await runCommand(command, []).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return result?.code === 0 ? result.stdout : "";
}

function chainOf(rule: string): string {
  return rule.split(" ")[1] ?? "";
}

function targetOf(rule: string): string | undefined {
  return / -[jg] (\S+)/.exec(rule)?.[1];
}
