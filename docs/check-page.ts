import { Document, isMap, isSeq, visit } from "yaml";
import { allChecks, type CheckEntry, rulesFor } from "../infra/check/all-checks.ts";
import { atDeployment } from "../infra/check/before/deployment-checks.ts";

const { before, after, module } = allChecks;

/** docs/check.md: what is looked at and what it takes, from the checks themselves. */
export function checkPage(): string {
  return [
    ...introduction,
    "## Before a deployment",
    "",
    "`edgectl check --pre`. What concerns a stack is looked at with `--stack`; `-n` keeps to one of its installations.",
    "",
    ...beforeUp,
    ...before.flatMap(entryOf),
    "## After a deployment",
    "",
    "`edgectl check`, of all installations of the cluster, or those of `--stack`, or the one of `-n`. One is judged within 0.9 s",
    "(limit 5 s), 100 of a cluster within 14 s (limit 30 s), with 2 cores: `npm run -s bench -- check`.",
    "",
    ...after.filter(({ id }) => !before.some((one) => one.id === id)).flatMap(entryOf),
    `Also, as before a deployment: ${after
      .filter(({ id }) => before.some((one) => one.id === id))
      .map(({ id }) => `[${id}](#${id})`)
      .join(", ")}.`,
    "",
    "## One module",
    "",
    "`edgectl check module NAME` goes along the chain as a request of the module does, and makes two calls at the module's own",
    "address, through its own proxy and with its own token. It reaches the pod by port-forwarding, so it works with every image.",
    "",
    ...moduleExample,
    ...module.flatMap(entryOf),
    "## Rights",
    "",
    "Nothing is written, and of Secrets the names alone are read. What you may not see is told as not known. This is what",
    "`check` and `check --pre` take to see all of it; in one namespace a Role with the namespaced part does:",
    "",
    "```yaml",
    clusterRole("edgectl-check", rulesFor([...before, ...after])),
    "```",
    "",
    "`check module` takes these in the module's namespace. Who may forward ports of a pod can call whatever listens there, as",
    "the pod itself can:",
    "",
    "```yaml",
    clusterRole("edgectl-check-module", rulesFor(module)),
    "```",
    "",
    "What a deployment may write is asked for in your own name, which everybody may.",
    "",
  ].join("\n");
}

function entryOf({ id, what, help, rights }: CheckEntry): readonly string[] {
  const takes = rights.flatMap(({ resources, verbs }) =>
    resources.map((resource) => `\`${verbs.join(", ")} ${resource}\``),
  );
  return [`### ${id}`, "", `${sentence(what)}. ${help}${takes.length === 0 ? "" : ` Takes ${takes.join(", ")}.`}`, ""];
}

/** Begins with a capital, but for iotedged, which has none. */
function sentence(text: string): string {
  return text.startsWith("iotedged") ? text : `${text[0]?.toUpperCase()}${text.slice(1)}`;
}

function clusterRole(name: string, rules: ReturnType<typeof rulesFor>): string {
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules };
  const document = new Document(role);
  // One line for each rule.
  visit(document, (key, node) => {
    if (key !== null && isMap(node) && node.has("verbs")) node.flow = true;
    if (isSeq(node) && node.items.every((item) => !isMap(item))) node.flow = true;
  });
  return document.toString({ lineWidth: 0 }).trimEnd();
}

const withVerdict = (wanted: "stops" | "tells") =>
  [...atDeployment].flatMap(([id, verdict]) => (verdict === wanted ? [`[${id}](#${id})`] : [])).join(", ");

const beforeUp = [
  "`edgectl up` and `start` look at a part of this before they write anything: what is seen without asking for each object. What",
  "you may not see is left to the deployment; Pulumi asks for its rights itself. What is wrong ends them with",
  "`EDGE_CHECK_BEFORE_UP`, and nothing is written; `--ignore-checks` shows it and goes on. These end them:",
  `${withVerdict("stops")}. These may pass by themselves, or were not tried, and are only shown:`,
  `${withVerdict("tells")}.`,
  "",
  "```sh",
  "npx edgectl up --stack plant",
  "```",
  "",
  "```text",
  "Check the cluster ...",
  "Check the cluster: done in 0.3 s",
  "error EDGE_CHECK_BEFORE_UP: the stack cannot run there as things are, and nothing was written:",
  "  pull-secrets: there is no Secret regcred in line-1",
  "    seen: imagePullSecrets of the installation",
  "    fix:  Make it: kubectl --context plant create secret docker-registry regcred -n line-1 --docker-server=REGISTRY --docker-username=USER --docker-password=PASSWORD",
  "    see:  docs/check.md#pull-secrets",
  "  fix: Do what the lines `fix` say. To deploy all the same, repeat the command with --ignore-checks",
  "```",
  "",
];

const introduction = [
  "# What is wrong, and what to do",
  "",
  "`edgectl check` looks at a cluster before a deployment and at what runs in it afterwards, and says of each thing whether it is",
  "well (√), wrong (×), to look at (‼), or not known (?); on terminals that show no more than ASCII, `[ok]`, `[xx]`, `[!!]` and",
  "`[??]`. What is wrong comes with what was seen, what to do, and where it is explained here. Commands run as they stand;",
  "without `--stack`, the stack is found in the project, and STACK is left to fill in where none of its stacks has deployed the",
  "installation. Of an installation by [GitOps](gitops.md), they have Flux or Argo CD deploy again, which undo what `up` does.",
  "",
  "Here the DNS of a cluster listens on a port of its own, which a plugin that enforces NetworkPolicies would keep from EdgeAgent:",
  "",
  "```sh",
  "npx edgectl check -n edge-a",
  "```",
  "",
  "```text",
  "cluster",
  "-------",
  "√ reachable: the API server answers",
  "√ server-version: the server's version is supported",
  "√ clock: the clocks agree",
  "√ stack-lock: nobody has a stack locked",
  "",
  "edge-a",
  "------",
  "√ objects: all of them are there",
  "√ service: iotedged can be reached",
  "√ network-api: edge-a: the API server is let through",
  "× network-dns: edge-a: NetworkPolicy edgeagent lets nobody reach the cluster's DNS at 10.245.0.1:10053",
  "    seen: the cluster's DNS is at 10.245.0.1:10053, behind Service 10.96.0.10:53",
  "    fix:  Write for edge-a: networkPolicy: { dnsPorts: [53, 10053] }; then: npx edgectl up --stack STACK",
  "    see:  docs/check.md#network-dns",
  "√ daemon-rights: they have all of them",
  "√ admission-policy: they are there, and deny",
  "√ iotedged: iotedged runs",
  "√ edgeagent: edgeagent runs",
  "√ modules: 3 modules are as the manifest asks",
  "√ manifest: EdgeAgent has taken up the manifest",
  "√ leader: a pod of iotedged leads",
  "√ certificates: 3649 days left",
  "√ trust-bundle: 4 proxies",
  "√ proxy: 4 pods of modules",
  "√ audience: 4 pods of modules",
  "√ identity: 4 pods of modules",
  "√ token-review: iotedged may create TokenReviews",
  "√ refusals: nobody was refused",
  "",
  "× 1 wrong, 21 well",
  "```",
  "",
  "| option | what it does |",
  "| --- | --- |",
  "| `--pre` | looks at what a deployment would need, before there is one |",
  "| `--stack S` | with `--pre`: the stack that shall be deployed; else: only its installations, and whether their manifests are the stack's |",
  "| `-n NS` | only the installation in this namespace |",
  "| `--watch`, `--interval 5s` | looks again every so often until Ctrl-C, and prints what has changed |",
  "| `--json` | one object ([schema](schemas/check.schema.json)); with `--watch` one after the other |",
  "",
  "It ends with 0 when nothing is wrong, with 3 when something is wrong or not known (warnings do not count), with 1 when it could",
  "not look at all, with 2 when the command line is not understood, and with 130 after Ctrl-C. No request waits for longer than",
  "5 s. A [support bundle](iotedged.md#a-support-bundle-by-edgectl) has the same as `check.json`.",
  "",
];

const moduleExample = [
  "```sh",
  "npx edgectl check module sensor -n edge-a",
  "```",
  "",
  "```text",
  "edge-a",
  "------",
  "√ link-pod: it runs (289 ms)",
  "√ link-identity: it is sensor",
  "√ link-audience: its token is for this installation",
  "√ link-token: it has a token (211 ms)",
  "√ link-trust-bundle: it has the bundle that is deployed",
  "√ link-connection: it has reached iotedged",
  "√ link-authentication: iotedged knows it (433 ms)",
  "√ link-answer: iotedged has signed for it (87 ms)",
  "",
  "√ 8 well",
  "```",
  "",
];
