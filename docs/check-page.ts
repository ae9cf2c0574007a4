import { Document, isMap, isSeq, visit } from "yaml";
import { allChecks, type CheckEntry, rulesFor } from "../infra/check/all-checks.ts";

const { before, after, module } = allChecks;

/** docs/check.md: what is looked at and what it takes, from the checks themselves. */
export function checkPage(): string {
  return [
    ...introduction,
    "## Before a deployment",
    "",
    "`edgectl check --pre`. What concerns a stack is looked at with `--stack`; `-n` keeps to one of its installations.",
    "",
    ...before.flatMap(entryOf),
    "## After a deployment",
    "",
    "`edgectl check`, of all installations of the cluster, or those of `--stack`, or the one of `-n`.",
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

const introduction = [
  "# What is wrong, and what to do",
  "",
  "`edgectl check` looks at a cluster before a deployment and at what runs in it afterwards, and says of each thing whether it is",
  "well (√), wrong (×), to look at (‼), or not known (?); on terminals that show no more than ASCII, `[ok]`, `[xx]`, `[!!]` and",
  "`[??]`. What is wrong comes with what was seen, what to do, and where it is explained here. Commands run as they stand.",
  "",
  "EXAMPLES",
];
