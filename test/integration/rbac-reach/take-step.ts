import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import type { Report } from "../../../infra/rbac/report/model.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { Actor, Answer } from "./actor.ts";

export type Step = NonNullable<Report["findings"][number]["reach"]>["steps"][number];

interface Taken {
  readonly actor: Actor;
  /** With all rights: stands in for the kubelet, which gives pods their tokens. */
  readonly administrator: Actor;
  /** The parts of the expression that the step matched. */
  readonly parts: readonly string[];
  readonly by: string;
  readonly to: string;
}

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const namespacePath = (group: string, namespace: string) => `/${group}/namespaces/${namespace}`;

/** How each kind of step is done by somebody who has no more than the rights that the step names. */
const kinds: readonly (readonly [expression: RegExp, take: (taken: Taken) => Promise<Actor>])[] = [
  [/^create jobs\.batch in (\S+)$/, runJob],
  [/^create pods in (\S+)$/, runPod],
  [/^create serviceaccounts\/token(?: "\S+")? in (\S+)$/, requestToken],
  [/^create, (?:get|list) secrets(?: in (\S+))?$/, makeTokenSecret],
  [/^get secrets "(\S+)" in (\S+)$/, readTokenSecret],
  [/^impersonate groups "(\S+)" and impersonate users "(\S+)"$/, impersonateGroup],
  [/^impersonate (?:serviceaccounts|users)(?: "\S+")?(?: in \S+)?$/, impersonate],
  [
    /^impersonate:serviceaccount \S+ "\S+" and impersonate-on:serviceaccount:create clusterrolebindings\S*$/,
    bindAsOther,
  ],
  [/^impersonate:serviceaccount \S+ in \S+ and impersonate-on:serviceaccount:create pods in \S+$/, impersonate],
  [/^bind clusterroles\S*(?: "(\S+)")? and create clusterrolebindings\S*$/, bindEverywhere],
  [/^bind clusterroles\S* and create rolebindings\S* in (\S+)$/, bindInNamespace],
  [/^escalate, update clusterroles\S*$/, widenOwnRole],
  [/^escalate, patch clusterroles\S*$/, wouldWidenOwnRole],
  [/^update certificatesigningrequests\S* and create .* and approve signers/, certify],
];

/**
 * Does what a step says and nothing else, and answers who one is after it.
 *
 * @throws when the API server refuses any of it for long
 */
export async function takeStep(step: Step, actor: Actor, administrator: Actor): Promise<Actor> {
  for (const [expression, take] of kinds) {
    const match = expression.exec(step.by);
    if (match !== null) return take({ actor, administrator, parts: match.slice(1), ...step });
  }
  throw new Error(`no test knows how to: ${step.by}`);
}

/** The authorizer reads from caches, so that what was just granted may be refused for a moment. */
async function done(what: string, request: () => Promise<Answer>): Promise<Answer> {
  let last: Answer | undefined;
  try {
    return await waitFor(what, async () => {
      last = await request();
      return last.status < 300 ? last : undefined;
    });
  } catch (cause) {
    throw new Error(`${what}: ${last?.status} ${JSON.stringify(last?.body)}`, { cause });
  }
}

/** The account that a step leads to; for a group of all accounts of a namespace any of these. */
function accountOf(to: string): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] = /^ServiceAccount ([^/]+)\/(.+)$/.exec(to) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  const [, all] = /^Group system:serviceaccounts:(.+)$/.exec(to) ?? [];
  if (all === undefined) throw new Error(`${to} is no account`);
  return { namespace: all, name: "default" };
}

const podSpec = (account: string) => ({
  serviceAccountName: account,
  restartPolicy: "Never",
  containers: [{ name: "c", image: "registry.invalid/image:1" }],
});
const uniqueName = () => `step-${webcrypto.randomUUID().slice(0, 8)}`;

async function runPod({ actor, administrator, parts: [namespace = ""], to }: Taken): Promise<Actor> {
  const account = accountOf(to);
  const pod = { metadata: { name: uniqueName() }, spec: podSpec(account.name) };
  const { body } = await done("to create a pod", () =>
    actor.call("POST", `${namespacePath("api/v1", namespace)}/pods`, pod),
  );
  return tokenOfPod(administrator, namespace, account.name, (body as { metadata: PodName }).metadata);
}

async function runJob({ actor, administrator, parts: [namespace = ""], to }: Taken): Promise<Actor> {
  const account = accountOf(to);
  const name = uniqueName();
  const job = { metadata: { name }, spec: { template: { spec: podSpec(account.name) } } };
  await done("to create a Job", () => actor.call("POST", `${namespacePath("apis/batch/v1", namespace)}/jobs`, job));
  const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${name}`);
  const pod = await waitFor("the Job's pod", async () => {
    const path = `${namespacePath("api/v1", namespace)}/pods?labelSelector=${selector}`;
    const { body } = await administrator.call("GET", path);
    return (body as { items: { metadata: PodName; spec: { serviceAccountName: string } }[] }).items[0];
  });
  return tokenOfPod(administrator, namespace, pod.spec.serviceAccountName, pod.metadata);
}

interface PodName {
  readonly name: string;
  readonly uid: string;
}

/** What the kubelet mounts into the pod: there is none here. */
async function tokenOfPod(administrator: Actor, namespace: string, account: string, pod: PodName): Promise<Actor> {
  const boundObjectRef = { kind: "Pod", apiVersion: "v1", ...pod };
  const path = `${namespacePath("api/v1", namespace)}/serviceaccounts/${account}/token`;
  const { body } = await done("the pod's token", () =>
    administrator.call("POST", path, { spec: { audiences: [], boundObjectRef } }),
  );
  return administrator.as({ token: (body as TokenAnswer).status.token });
}

interface TokenAnswer {
  readonly status: { readonly token: string };
}

async function requestToken({ actor, to }: Taken): Promise<Actor> {
  const { namespace, name } = accountOf(to);
  const path = `${namespacePath("api/v1", namespace)}/serviceaccounts/${name}/token`;
  const { body } = await done("a token", () => actor.call("POST", path, { spec: { audiences: [] } }));
  return actor.as({ token: (body as TokenAnswer).status.token });
}

async function makeTokenSecret({ actor, to, by }: Taken): Promise<Actor> {
  const { namespace, name: account } = accountOf(to);
  const name = uniqueName();
  const annotations = { "kubernetes.io/service-account.name": account };
  const secret = { metadata: { name, annotations }, type: "kubernetes.io/service-account-token" };
  const path = `${namespacePath("api/v1", namespace)}/secrets`;
  await done("to create a Secret", () => actor.call("POST", path, secret));
  return waitFor("the Secret to be filled in", async () => {
    const { body } = await done("to read Secrets", () =>
      actor.call("GET", by.includes("list") ? path : `${path}/${name}`),
    );
    const secrets = "items" in (body as object) ? (body as { items: SecretAnswer[] }).items : [body as SecretAnswer];
    return withToken(
      actor,
      secrets.find((one) => one.metadata.name === name),
    );
  });
}

async function readTokenSecret({ actor, parts: [name = "", namespace = ""] }: Taken): Promise<Actor> {
  const path = `${namespacePath("api/v1", namespace)}/secrets/${name}`;
  return waitFor("the Secret to be filled in", async () => {
    const { body } = await done("to read a Secret", () => actor.call("GET", path));
    return withToken(actor, body as SecretAnswer);
  });
}

interface SecretAnswer {
  readonly metadata: { readonly name: string };
  readonly data?: { readonly token?: string };
}

function withToken(actor: Actor, secret: SecretAnswer | undefined): Actor | undefined {
  const token = secret?.data?.token;
  return token === undefined ? undefined : actor.as({ token: Buffer.from(token, "base64").toString() });
}

async function impersonate({ actor, to }: Taken): Promise<Actor> {
  const [, user] = /^User (.+)$/.exec(to) ?? [];
  if (user !== undefined) return actor.impersonating(user);
  const { namespace, name } = accountOf(to);
  return actor.impersonating(`system:serviceaccount:${namespace}:${name}`);
}

async function impersonateGroup({ actor, parts: [group = "", user = ""] }: Taken): Promise<Actor> {
  return actor.impersonating(user, group);
}

async function bindEverywhere({ actor, parts: [role = "cluster-admin"] }: Taken): Promise<Actor> {
  await done("to bind", async () => actor.call("POST", `${rbac}/clusterrolebindings`, await bindingOf(actor, role)));
  return actor;
}

/** The administrator binds, and it is oneself who is bound. */
async function bindAsOther({ actor, to }: Taken): Promise<Actor> {
  const { namespace, name } = accountOf(to);
  const body = await bindingOf(actor, "cluster-admin");
  const other = actor.impersonating(`system:serviceaccount:${namespace}:${name}`);
  await done("to bind", () => other.call("POST", `${rbac}/clusterrolebindings`, body));
  return actor;
}

async function bindInNamespace({ actor, parts: [namespace = ""] }: Taken): Promise<Actor> {
  const path = `${namespacePath(rbac.slice(1), namespace)}/rolebindings`;
  await done("to bind", async () => actor.call("POST", path, await bindingOf(actor, "cluster-admin")));
  return actor;
}

async function bindingOf(actor: Actor, role: string): Promise<object> {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    metadata: { name: uniqueName(), labels: { "iotedge.dev/test": "rbac-reach" } },
    roleRef: { apiGroup, kind: "ClusterRole", name: role },
    subjects: [{ apiGroup, kind: "User", name: await nameOf(actor) }],
  };
}

/** Who the API server takes somebody for. */
export async function nameOf(actor: Actor): Promise<string> {
  const { body } = await actor.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
  });
  return (body as { status: { userInfo: { username: string } } }).status.userInfo.username;
}

const everything = { rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] };

/** The role by which somebody may escalate is named after its only holder. */
async function widenOwnRole({ actor }: Taken): Promise<Actor> {
  const [, namespace = ""] = /^system:serviceaccount:([^:]+):/.exec(await nameOf(actor)) ?? [];
  const name = `${namespace}-eve`;
  const body = { apiVersion: rbac.slice("/apis/".length), kind: "ClusterRole", metadata: { name }, ...everything };
  await done("to update the own role", () => actor.call("PUT", `${rbac}/clusterroles/${name}`, body));
  return actor;
}

/** The role of a controller is left as it is: other tests use the same API server, which judges a dry run alike. */
async function wouldWidenOwnRole({ actor }: Taken): Promise<Actor> {
  const account = (await nameOf(actor)).split(":").at(-1);
  const path = `${rbac}/clusterroles/system:controller:${account}?dryRun=All`;
  await done("to patch the own role", () => actor.call("PATCH", path, everything));
  return actor;
}

async function certify({ actor, to }: Taken): Promise<Actor> {
  const user = to.replace(/^User /, "");
  const { cert, key } = await certificateOf(actor, user);
  return actor.as({ certificate: { cert, key } });
}

async function certificateOf(actor: Actor, user: string): Promise<{ cert: string; key: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: `CN=${user}`,
    keys,
    signingAlgorithm: algorithm,
  });
  const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  const name = uniqueName();
  const metadata = { name, labels: { "iotedge.dev/test": "rbac-reach" } };
  const spec = {
    request: Buffer.from(request.toString("pem")).toString("base64"),
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth"],
  };
  await done("to ask for a certificate", () => actor.call("POST", path, { metadata, spec }));
  const conditions = [{ type: "Approved", status: "True", reason: "Test", message: "test" }];
  const approved = { metadata: { name }, spec, status: { conditions } };
  // Who may approve may not have to read: the answer to an approval has the certificate in it, once there is one.
  const cert = await waitFor("the certificate", async () => {
    const { body } = await done("to approve", () => actor.call("PUT", `${path}/${name}/approval`, approved));
    return (body as { status?: { certificate?: string } }).status?.certificate;
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
  return { cert: Buffer.from(cert, "base64").toString(), key };
}
