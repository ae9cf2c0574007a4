import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { reachText } from "../../infra/rbac/output/wording.ts";
import { binding, lint, role, rule, serviceAccount } from "../../infra/rbac/test/sources.ts";
import "../support/provided.ts";
import { isOldest } from "../support/oldest-kubernetes.ts";
import { waitFor } from "../support/wait-for.ts";
import { Actor, type Answer } from "./rbac-reach/actor.ts";
import { takeStep } from "./rbac-reach/take-step.ts";

const rbac = "rbac.authorization.k8s.io";
const certificates = "certificates.k8s.io";
const authentication = "authentication.k8s.io";
const suffix = randomBytes(3).toString("hex");

/** One case has names of its own, so that all can be in one cluster at a time. */
interface Names {
  /** Namespace of Eve, who begins; also the stem of the names of cluster-scoped objects. */
  readonly home: string;
  readonly ci: string;
  readonly dev: string;
}

/** Eve has these rules, in a namespace or everywhere. */
const eve = ({ home }: Names, rules: readonly string[], namespace?: string) =>
  serviceAccount(home, "eve") +
  role(`${home}-eve`, `[${rules.join(", ")}]`) +
  binding(`${home}-eve`, `ClusterRole/${home}-eve`, [`sa:${home}/eve`], namespace);
const admin = ({ home }: Names, subject: string) => binding(`${home}-admin`, "ClusterRole/cluster-admin", [subject]);
const deployer = (names: Names) => serviceAccount(names.ci, "deployer") + admin(names, `sa:${names.ci}/deployer`);

/** Makes `dev/builder`, who has a role of its own in a namespace. */
const builder = ({ home, dev, ci }: Names, ...rules: readonly string[]) =>
  serviceAccount(dev, "builder") +
  role(`${home}-builder`, `[${rules.join(", ")}]`) +
  binding(`${home}-builder`, `ClusterRole/${home}-builder`, [`sa:${dev}/builder`], ci);

const tokenSecret = ({ ci }: Names) =>
  `---\napiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata: {name: old, namespace: ${ci}, annotations: {kubernetes.io/service-account.name: deployer}}\n`;

const leading: Readonly<Record<string, (names: Names) => string>> = {
  "making a Job": (names) => eve(names, [rule("create", "jobs", "batch")], names.ci) + deployer(names),
  "making a pod, and a token with what it may do": (names) =>
    eve(names, [rule("create", "pods")], names.dev) +
    builder(names, rule("create", "serviceaccounts/token")) +
    deployer(names),
  "what an aggregated role takes over": (names) => {
    const aggregation = `aggregationRule: {clusterRoleSelectors: [{matchLabels: {sum: ${names.home}}}]}`;
    return (
      eve(names, [rule("create", "pods")], names.dev) +
      serviceAccount(names.dev, "builder") +
      role(`${names.home}-sum`, "[]").replace("rules: []", aggregation) +
      role(
        `${names.home}-part`,
        `[${rule("impersonate", "serviceaccounts")}]`,
        undefined,
        `labels: {sum: ${names.home}}`,
      ) +
      binding(`${names.home}-sum`, `ClusterRole/${names.home}-sum`, [`sa:${names.dev}/builder`]) +
      deployer(names)
    );
  },
  "a token of one account": (names) =>
    eve(names, [rule("create", "serviceaccounts/token", "", "deployer")], names.ci) + deployer(names),
  "a Secret that is made for a token": (names) =>
    eve(names, [rule("create list", "secrets")], names.ci) + deployer(names),
  "a Secret that holds a token": (names) =>
    eve(names, [rule("get", "secrets", "", "old")], names.ci) + deployer(names) + tokenSecret(names),
  "impersonating one user": (names) =>
    eve(names, [rule("impersonate", "users", "", `${names.home}-alice`)]) + admin(names, `user:${names.home}-alice`),
  "impersonating any user, of which Kubernetes has some": (names) =>
    eve(names, [rule("impersonate", "users")]) + deployer(names),
  "impersonating administrators": (names) =>
    eve(names, [rule("impersonate", "groups", "", "system:masters"), rule("impersonate", "users", "", "bob")]),
  "writing bindings in the name of one account": (names) =>
    eve(names, [
      rule("impersonate:serviceaccount", "serviceaccounts", authentication, "deployer"),
      rule("impersonate-on:serviceaccount:create", "clusterrolebindings", rbac),
    ]) + deployer(names),
  "making pods in the name of any account of a namespace": (names) =>
    eve(
      names,
      [
        rule("impersonate:serviceaccount", "serviceaccounts", authentication),
        rule("impersonate-on:serviceaccount:create", "pods"),
      ],
      names.ci,
    ) + deployer(names),
  "binding any role": (names) =>
    eve(names, [rule("bind", "clusterroles", rbac), rule("create", "clusterrolebindings", rbac)]),
  "binding any role in a namespace": (names) =>
    eve(names, [rule("bind", "clusterroles", rbac), rule("create", "rolebindings", rbac)], names.ci) + deployer(names),
  "binding one role": (names) =>
    eve(names, [
      rule("bind", "clusterroles", rbac, `${names.home}-reader`),
      rule("create", "clusterrolebindings", rbac),
    ]) + role(`${names.home}-reader`, `[${rule("get list", "secrets")}]`),
  "escalating the own role": (names) => eve(names, [rule("escalate update", "clusterroles", rbac)]),
  "a certificate of any user": (names) =>
    eve(names, [
      rule("create", "certificatesigningrequests", certificates),
      rule("update", "certificatesigningrequests/approval", certificates),
      rule("approve", "signers", certificates, "kubernetes.io/kube-apiserver-client"),
    ]) + admin(names, `user:${names.home}-alice`),
  "a group of all accounts of a namespace": (names) =>
    eve(names, [rule("create", "pods")], names.ci) +
    serviceAccount(names.ci, "default") +
    admin(names, `group:system:serviceaccounts:${names.ci}`),
  "a controller's account": (names) => eve(names, [rule("create", "serviceaccounts/token")], "kube-system"),
};

interface Refusal {
  readonly yaml: (names: Names) => string;
  /** Something that Eve may do, which shows that the API server knows her rights. */
  readonly right: readonly [verb: string, group: string, resource: string, namespace?: (names: Names) => string];
  attempt(actor: Actor, names: Names): Promise<Answer>;
}

const bindingBody = ({ home }: Names, name: string) => ({
  metadata: { name },
  roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "ServiceAccount", namespace: home, name: "eve" }],
});
const whoAmI = (actor: Actor) =>
  actor.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
  });
const inCi = ({ ci }: Names) => ci;

const refused: Readonly<Record<string, Refusal>> = {
  "impersonating a group without anybody in it": {
    yaml: (names) => eve(names, [rule("impersonate", "groups", "", "system:masters"), rule("list", "nodes")]),
    right: ["list", "", "nodes"],
    attempt: (actor, names) => whoAmI(actor.impersonating(`${names.home}-nobody`, "system:masters")),
  },
  "impersonating users by a RoleBinding": {
    yaml: (names) => eve(names, [rule("impersonate", "users")], names.ci) + admin(names, `user:${names.home}-alice`),
    right: ["impersonate", "", "users", inCi],
    attempt: (actor, names) => whoAmI(actor.impersonating(`${names.home}-alice`)),
  },
  "impersonating an account as a user": {
    yaml: (names) =>
      eve(names, [
        rule("impersonate", "users", "", `system:serviceaccount:${names.ci}:deployer`),
        rule("list", "nodes"),
      ]) + deployer(names),
    right: ["list", "", "nodes"],
    attempt: (actor, names) => whoAmI(actor.impersonating(`system:serviceaccount:${names.ci}:deployer`)),
  },
  "acting for an account without saying for what": {
    yaml: (names) =>
      eve(names, [rule("impersonate:serviceaccount", "serviceaccounts", authentication)]) + deployer(names),
    right: ["impersonate:serviceaccount", authentication, "serviceaccounts"],
    attempt: (actor, names) =>
      actor
        .impersonating(`system:serviceaccount:${names.ci}:deployer`)
        .call("POST", `/apis/${rbac}/v1/clusterrolebindings`, bindingBody(names, `${names.home}-no`)),
  },
  "binding a role without writing bindings": {
    yaml: (names) => eve(names, [rule("bind", "clusterroles", rbac)]),
    right: ["bind", rbac, "clusterroles"],
    attempt: (actor, names) =>
      actor.call("POST", `/apis/${rbac}/v1/clusterrolebindings`, bindingBody(names, `${names.home}-no`)),
  },
  "writing bindings without holding or binding what they grant": {
    yaml: (names) => eve(names, [rule("create", "rolebindings", rbac)], names.ci) + deployer(names),
    right: ["create", rbac, "rolebindings", inCi],
    attempt: (actor, names) =>
      actor.call("POST", `/apis/${rbac}/v1/namespaces/${names.ci}/rolebindings`, bindingBody(names, "no")),
  },
  "escalating a role that one may not write": {
    yaml: (names) => eve(names, [rule("escalate", "clusterroles", rbac)]),
    right: ["escalate", rbac, "clusterroles"],
    attempt: (actor, { home }) =>
      actor.call("PATCH", `/apis/${rbac}/v1/clusterroles/${home}-eve`, {
        rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
      }),
  },
  "a token of another account": {
    yaml: (names) =>
      eve(names, [rule("create", "serviceaccounts/token", "", "web"), rule("list", "pods")], names.ci) +
      deployer(names),
    right: ["list", "", "pods", inCi],
    attempt: (actor, { ci }) =>
      actor.call("POST", `/api/v1/namespaces/${ci}/serviceaccounts/deployer/token`, { spec: { audiences: [] } }),
  },
  "a Secret that is made and cannot be read": {
    yaml: (names) => eve(names, [rule("create", "secrets")], names.ci) + deployer(names) + tokenSecret(names),
    right: ["create", "", "secrets", inCi],
    attempt: (actor, { ci }) => actor.call("GET", `/api/v1/namespaces/${ci}/secrets/old`),
  },
};

const names = (index: number): Names => {
  const stem = `reach-${suffix}-${index}`;
  return { home: stem, ci: `${stem}-ci`, dev: `${stem}-dev` };
};
const cases = [...Object.values(leading), ...Object.values(refused).map(({ yaml }) => yaml)];
const yamlOf = (index: number) => cases[index]?.(names(index)) ?? "";
/** Eve's finding that leads furthest. */
const findingOf = (yaml: string, { home }: Names) =>
  lint(yaml).findings.find(({ about, reach }) => about === `ServiceAccount ${home}/eve` && reach !== null);

let administrator: Actor;
let folder: string;
const kubectl = (...args: string[]) =>
  promisify(execFile)(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args]);

beforeAll(async () => {
  administrator = Actor.administrator(inject("kubeconfig"));
  folder = await mkdtemp(join(tmpdir(), "edge-reach-"));
  const namespaces = cases
    .flatMap((_, index) => Object.values(names(index)) as string[])
    .map((name) => `---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`);
  await writeFile(join(folder, "all.yaml"), [...namespaces, ...cases.map((_, index) => yamlOf(index))].join(""));
  await kubectl("apply", "--server-side", "--filename", join(folder, "all.yaml"));
}, 120_000);

afterAll(async () => {
  await kubectl("delete", "--wait=false", "--ignore-not-found", "--filename", join(folder, "all.yaml"));
  for (const kind of ["clusterrolebindings", "certificatesigningrequests"])
    await kubectl("delete", kind, "--selector", "iotedge.dev/test=rbac-reach");
  await rm(folder, { recursive: true });
}, 120_000);

async function eveOf({ home }: Names): Promise<Actor> {
  const path = `/api/v1/namespaces/${home}/serviceaccounts/eve/token`;
  const { body } = await administrator.call("POST", path, { spec: { audiences: [] } });
  return administrator.as({ token: (body as { status: { token: string } }).status.token });
}

/** What the API server must say of who has come to a power. */
const powers: Readonly<Record<string, (actor: Actor) => Promise<boolean>>> = {
  "cluster-admin": (actor) => actor.may("*", "*", "*"),
  "reading Secrets everywhere": (actor) => actor.may("list", "", "secrets"),
};

/** Constrained impersonation: the oldest Kubernetes that is supported does not know its verbs. */
const ofNewer = [
  "writing bindings in the name of one account",
  "making pods in the name of any account of a namespace",
];
const isKnown = (name: string) => !isOldest || !ofNewer.includes(name);
const ways = Object.keys(leading).map((name, index) => [name, index] as const);

describe("a way to power, step by step with a real API server", () => {
  it.each(ways.filter(([name]) => isKnown(name)))("%s", async (_, index) => {
    const finding = findingOf(yamlOf(index), names(index));
    if (finding?.reach == null) throw new Error("no way was found");
    expect(finding.severity).toBe("critical");
    const has = powers[finding.reach.power];
    if (has === undefined) throw new Error(`no test knows ${finding.reach.power}`);
    const start = await eveOf(names(index));
    expect(await has(start), "the power is not there to begin with").toBe(false);
    let actor = start;
    for (const step of finding.reach.steps) actor = await takeStep(step, actor, administrator);
    // A dry run ends in what would be.
    if (finding.reach.steps.at(-1)?.by.startsWith("escalate, patch")) return;
    await waitFor(reachText(finding), async () => (await has(actor)) || undefined);
  });
});

describe("where no way is told, a real API server refuses", () => {
  it.each(Object.entries(refused).map(([name, refusal], at) => [name, refusal, at] as const))(
    "%s",
    async (_, { right, attempt }, at) => {
      const index = Object.keys(leading).length + at;
      expect(findingOf(yamlOf(index), names(index))).toBeUndefined();
      const actor = await eveOf(names(index));
      const [verb, group, resource, namespace = () => ""] = right;
      await waitFor(
        "the rights to be known",
        async () => (await actor.may(verb, group, resource, namespace(names(index)))) || undefined,
      );
      const { status, body } = await attempt(actor, names(index));
      expect(status, JSON.stringify(body)).toBe(403);
    },
  );
});
