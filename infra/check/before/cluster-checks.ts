import { isExcluded, shellWord } from "#base";
import { aheadOf } from "../judge/clock.ts";
import { judgeServerVersion, oldestSupported } from "../judge/server-version.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { doubtful, fine, firstOf, type Verdict, wrong } from "../model/verdict.ts";
import type { BeforeSeen, ServerAnswer } from "./observations.ts";

const oldestNode = 20;

/** Clocks that differ by more make it hard to read logs; by much more, tokens and certificates are not valid yet. */
const [warnSkew, mostSkew] = [30_000, 300_000] as const;

/** What is looked at of the API server itself, before a deployment and after it. */
export type ServerSeen = Pick<BeforeSeen, "api" | "server" | "hints">;

/** The API server. */
export const serverChecks: readonly Check<ServerSeen>[] = [
  {
    id: "reachable",
    what: "the API server of the context answers, and takes its credentials",
    help: "Nothing else can be known until it does. Look at the address in the kubeconfig, at VPN and firewall, and renew the credentials.",
    rights: [],
    judge: ({ api, server, hints }) =>
      api.known
        ? fine("the API server answers", server)
        : wrong(
            `the API server does not answer: ${api.why}`,
            server,
            `See what it says: ${hints.kubectl} get --raw /version`,
          ),
  },
  {
    id: "server-version",
    what: `the server is Kubernetes ${oldestSupported} or newer`,
    help: `Admission policies, which an installation has by default, are served from ${oldestSupported}. Update the cluster: docs/clusters.md.`,
    rights: [],
    judge: ({ api }) => whenKnown({ api }, ({ api: { gitVersion } }) => judgeServerVersion(gitVersion)),
  },
  {
    id: "clock",
    what: "the clocks of this machine and of the API server agree",
    help: "Tokens and certificates are valid between two times. Set both clocks by NTP.",
    rights: [],
    judge: ({ api }) => whenKnown({ api }, ({ api: answer }) => judgeClock(answer)),
  },
];

/** The workstation, and the cluster as a whole. */
export const clusterChecks: readonly Check<BeforeSeen>[] = [
  {
    id: "tools",
    what: "what edgectl starts, and what printed commands name, is on the PATH",
    help: "Pulumi runs the program with the `node` of the PATH. Without `pulumi`, edgectl deploys by its own engine; without `kubectl`, commands that are printed have to be run elsewhere.",
    rights: [],
    judge: ({ tools }) => [...judgeNode(tools), judgeKubectl(tools)],
  },
  ...serverChecks,
  {
    id: "proxy-variables",
    what: "a proxy of the environment is not asked for the cluster",
    help: "edgectl itself goes through a proxy only where the kubeconfig names one by `proxy-url`. kubectl and Pulumi follow `HTTPS_PROXY`; add the API server's host to `NO_PROXY`.",
    rights: [],
    judge: judgeProxy,
  },
  {
    id: "leftovers",
    what: "nothing is left of installations that are gone, nor of IoT Edge's own preview on Kubernetes",
    help: "Cluster-wide objects of an installation whose namespace was deleted by hand, and the CustomResourceDefinition of Azure's preview, stay until somebody deletes them.",
    rights: [look.clusterRoles, look.clusterBindings, look.deployments],
    judge: ({ leftovers, hints }) =>
      whenKnown({ leftovers }, ({ leftovers: found }) => {
        if (found.length === 0) return fine("nothing is left of others");
        const fix = `Delete what nobody needs: ${hints.kubectl} delete ${found.map(shellWord).join(" ")}`;
        return doubtful(`${found.length} objects belong to no installation that is there`, firstOf(found), fix);
      }),
  },
];

function judgeNode({ node, pulumi }: BeforeSeen["tools"]): readonly Verdict[] {
  if (pulumi === undefined) return [fine("no pulumi on the PATH: edgectl deploys by its own engine")];
  const major = Number(/^v(\d{1,4})\./.exec(node ?? "")?.[1] ?? Number.NaN);
  if (major >= oldestNode) return [fine("pulumi and node are on the PATH", `pulumi ${pulumi}, node ${node}`)];
  const message = node === undefined ? "pulumi is on the PATH, but no node for it" : "the node on the PATH is too old";
  return [
    wrong(
      message,
      `pulumi ${pulumi}, node ${node ?? "none"}`,
      'Put the project\'s own node first: export PATH="$PWD/node_modules/.bin:$PATH"',
    ),
  ];
}

function judgeKubectl({ kubectl }: BeforeSeen["tools"]): Verdict {
  if (kubectl !== undefined) return fine("kubectl is there", kubectl);
  const fix = "Install it from https://kubernetes.io/docs/tasks/tools, to run what edgectl prints.";
  return doubtful("there is no kubectl on the PATH", "printed commands name it", fix);
}

function judgeClock(answer: ServerAnswer): Verdict {
  const { date, answered } = answer;
  if (date === undefined) return fine("the server does not tell its time");
  const skew = Math.abs(aheadOf(answer));
  const evidence = `here ${new Date(answered).toISOString()}, there ${new Date(date).toISOString()}`;
  if (skew < warnSkew) return fine("the clocks agree", evidence);
  const message = `the clocks differ by ${Math.round(skew / 1000)} s`;
  const fix = "Set the clock of this machine and those of the nodes by NTP: timedatectl set-ntp true";
  return skew < mostSkew ? doubtful(message, evidence, fix) : wrong(message, evidence, fix);
}

function judgeProxy({ environment: { proxy, noProxy = "", ofKubeconfig }, server }: BeforeSeen): Verdict {
  if (proxy === undefined) return fine("the environment names no proxy");
  if (ofKubeconfig) return fine("the kubeconfig names the proxy itself");
  const host = URL.parse(server)?.hostname ?? "";
  if (isExcluded(host, noProxy)) return fine("NO_PROXY has the API server", host);
  const value = noProxy === "" ? host : `${noProxy},${host}`;
  const evidence = `NO_PROXY is ${noProxy === "" ? "not set" : noProxy}; the API server is ${host}`;
  return doubtful(
    "kubectl and Pulumi ask the proxy for the cluster",
    evidence,
    `Take it out: export NO_PROXY=${shellWord(value)}`,
  );
}
