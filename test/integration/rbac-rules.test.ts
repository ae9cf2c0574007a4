import { generateKeyPairSync, sign } from "node:crypto";
import { KubeConfig } from "@kubernetes/client-node";
import { Pool } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubernetesRules } from "../../infra/rbac/risk/permission-rules.ts";
import { waitFor } from "../support/wait-for.ts";
import { Api } from "./rbac/api.ts";
import { startEveryApi } from "./rbac/every-api.ts";

/**
 * Verbs and resources that no discovery lists: the API server asks its authorizer for them on top of a request, or the
 * kubelet does. Each is shown at work below, or is named where the link leads.
 */
const virtual: Readonly<Record<string, string>> = {
  "escalate roles.rbac.authorization.k8s.io": "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
  "escalate clusterroles.rbac.authorization.k8s.io":
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
  "bind roles.rbac.authorization.k8s.io": "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
  "bind clusterroles.rbac.authorization.k8s.io": "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
  ...impersonation("impersonate", "", ["users", "groups", "serviceaccounts"]),
  ...impersonation("impersonate", "authentication.k8s.io", ["users", "groups", "serviceaccounts", "uids"]),
  ...impersonation("impersonate", "authentication.k8s.io", ["userextras", "userextras/*"]),
  ...impersonation("impersonate:user-info", "authentication.k8s.io", ["users", "groups", "uids"]),
  ...impersonation("impersonate:user-info", "authentication.k8s.io", ["userextras", "userextras/*"]),
  ...impersonation("impersonate:serviceaccount", "authentication.k8s.io", ["serviceaccounts"]),
  ...impersonation("impersonate:arbitrary-node", "authentication.k8s.io", ["nodes"]),
  ...impersonation("impersonate:associated-node", "authentication.k8s.io", ["nodes"]),
  "impersonate-on:* *": "https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/",
  ...kubelet("get", ["log", "configz", "pods"]),
  ...kubelet("create", ["checkpoint"]),
  ...signers(["approve", "sign", "attest"]),
  "create certificatesigningrequests/nodeclient.certificates.k8s.io":
    "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/",
  "update resourceclaims/binding.resource.k8s.io": "https://kep.k8s.io/4817",
  "patch resourceclaims/binding.resource.k8s.io": "https://kep.k8s.io/4817",
  "associated-node:* resourceclaims/driver.resource.k8s.io": "https://kep.k8s.io/4817",
  "arbitrary-node:* resourceclaims/driver.resource.k8s.io": "https://kep.k8s.io/4817",
};

function impersonation(verb: string, group: string, resources: readonly string[]) {
  const page = "https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/";
  return Object.fromEntries(resources.map((resource) => [nameOf(verb, resource, group), page]));
}

function kubelet(verb: string, subresources: readonly string[]) {
  const page = "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/";
  return Object.fromEntries(subresources.map((one) => [`${verb} nodes/${one}`, page]));
}

function signers(verbs: readonly string[]) {
  const page = "https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/";
  return Object.fromEntries(verbs.map((verb) => [`${verb} signers.certificates.k8s.io`, page]));
}

function nameOf(verb: string, resource: string, group: string): string {
  return `${verb} ${resource}${group === "" ? "" : `.${group}`}`;
}

let server: Awaited<ReturnType<typeof startEveryApi>>;
let api: Api;
/** Without a client certificate: here callers have tokens. */
let plain: Pool;
let ca: string;

beforeAll(async () => {
  server = await startEveryApi();
  api = new Api(server.kubeconfig);
  const config = new KubeConfig();
  config.loadFromFile(server.kubeconfig);
  const cluster = config.getCurrentCluster();
  ca = Buffer.from(cluster?.caData ?? "", "base64").toString();
  plain = new Pool(cluster?.server ?? "", { connections: 4, connect: { ca } });
}, 600_000);

afterAll(async () => {
  await plain?.close();
  await api?.[Symbol.asyncDispose]();
  await server?.stop();
});

describe("rules about Kubernetes", () => {
  it("name verbs and resources that the API server serves, or documented ones that it asks for besides", async () => {
    const served = new Set((await servedResources()).flatMap(({ names }) => names));
    expect(served.size).toBeGreaterThan(500);
    const wanted = kubernetesRules.flatMap(({ id, grants = [] }) =>
      grants.flatMap((grant) => ("nonResourceURLs" in grant ? [] : namesOf(grant).map((name) => ({ id, name })))),
    );
    // `mass-delete` is about every resource, most of which can be deleted so.
    const everything = ["deletecollection *"];
    const unknown = wanted.filter(({ name }) => !(served.has(name) || name in virtual || everything.includes(name)));
    expect(unknown).toEqual([]);
    const names = new Set(wanted.map(({ name }) => name));
    expect(Object.keys(virtual).filter((name) => served.has(name) || !names.has(name))).toEqual([]);
  });
});

describe("severities in a namespace", () => {
  it("have rules about what is in namespaces, and about these themselves", async () => {
    const resources = await servedResources();
    const scopes = Map.groupBy(resources, ({ namespaced }) => namespaced);
    const [inside, outside] = [true, false].map((scope) => new Set(scopes.get(scope)?.flatMap(({ names }) => names)));
    const wrong = kubernetesRules.filter(({ namespaced, grants = [] }) => {
      const names = grants.flatMap((grant) => ("nonResourceURLs" in grant ? [] : namesOf(grant)));
      const known = names.filter((name) => inside?.has(name) || outside?.has(name));
      return namespaced !== undefined && known.length > 0 && !known.some((name) => inside?.has(name));
    });
    // A request for a namespace counts as one in it.
    expect(wrong.map(({ id }) => id)).toEqual(["namespaces-write", "namespaces-delete", "namespaces-finalize"]);
  });
});

describe("what rules say about constrained impersonation", () => {
  const user = (name: string) => `system:serviceaccount:default:${name}`;
  it.each([
    { mode: "user-info", resource: "users", name: "alice", wanted: "alice" },
    { mode: "serviceaccount", resource: "serviceaccounts", name: "victim", wanted: user("victim") },
    { mode: "arbitrary-node", resource: "nodes", name: "worker-1", wanted: "system:node:worker-1" },
    { mode: "associated-node", resource: "nodes", name: "*", wanted: "system:node:worker-1" },
  ])("is so: $mode takes both verbs", async ({ mode, resource, name, wanted }) => {
    if (mode === "associated-node") await api.call("POST", "/api/v1/nodes", { metadata: { name: "worker-1" } });
    const node = mode === "associated-node" ? { kind: "Node", apiVersion: "v1", name: "worker-1" } : undefined;
    const identity = await newAccount(`imp-${mode}`, node);
    const ask = () => whoAmI(identity.token, { "impersonate-user": wanted });
    expect(await ask()).toBe(403);
    await grant(identity.name, "who", {
      apiGroups: ["authentication.k8s.io"],
      resources: [resource],
      resourceNames: [name],
      verbs: [`impersonate:${mode}`],
    });
    await waitForAnswer(identity.name, `impersonate:${mode}`, "authentication.k8s.io", resource, name);
    expect(await ask()).toBe(403);
    await grant(identity.name, "what", {
      apiGroups: ["authentication.k8s.io"],
      resources: ["selfsubjectreviews"],
      verbs: [`impersonate-on:${mode}:create`],
    });
    await waitForAnswer(identity.name, `impersonate-on:${mode}:create`, "authentication.k8s.io", "selfsubjectreviews");
    expect(await ask()).toBe(wanted);
  });

  it("is so: the group system:masters is out of its reach", async () => {
    const identity = await newAccount("imp-masters");
    await grant(identity.name, "all", {
      apiGroups: ["authentication.k8s.io"],
      resources: ["users", "groups", "selfsubjectreviews"],
      verbs: ["impersonate:user-info", "impersonate-on:user-info:create"],
    });
    await waitForAnswer(identity.name, "impersonate:user-info", "authentication.k8s.io", "groups");
    const as = (group: string) => whoAmI(identity.token, { "impersonate-user": "alice", "impersonate-group": group });
    expect(await as("operators")).toBe("alice");
    expect(await as("system:masters")).toBe(403);
  });
});

describe("what rules say about certificates", () => {
  it("is so: a bundle of a signer takes the verb attest", async () => {
    const { name, token } = await newAccount("attest");
    const path = "/apis/certificates.k8s.io/v1beta1/clustertrustbundles";
    const bundle = {
      metadata: { name: "example.com:mine:x" },
      spec: { signerName: "example.com/mine", trustBundle: ca },
    };
    await grant(name, "write", {
      apiGroups: ["certificates.k8s.io"],
      resources: ["clustertrustbundles"],
      verbs: ["create"],
    });
    await waitForAnswer(name, "create", "certificates.k8s.io", "clustertrustbundles");
    expect((await post(token, path, bundle)).statusCode).toBe(403);
    await grant(name, "attest", { apiGroups: ["certificates.k8s.io"], resources: ["signers"], verbs: ["attest"] });
    await waitForAnswer(name, "attest", "certificates.k8s.io", "signers", "example.com/mine");
    expect((await post(token, path, bundle)).statusCode).toBe(201);
  });

  it("is so: who may create requests of pods may do so in the name of any pod", async () => {
    const { name, token } = await newAccount("pcr");
    await grant(name, "write", {
      apiGroups: ["certificates.k8s.io"],
      resources: ["podcertificaterequests"],
      verbs: ["create"],
    });
    await waitForAnswer(name, "create", "certificates.k8s.io", "podcertificaterequests");
    const uid = "11111111-2222-3333-4444-555555555555";
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const request = {
      metadata: { name: "of-another" },
      spec: {
        signerName: "example.com/mine",
        podName: "payments",
        podUID: uid,
        serviceAccountName: "payments",
        serviceAccountUID: uid,
        nodeName: "worker-9",
        nodeUID: uid,
        pkixPublicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
        proofOfPossession: sign(null, Buffer.from(uid), privateKey).toString("base64"),
      },
    };
    const path = "/apis/certificates.k8s.io/v1beta1/namespaces/default/podcertificaterequests";
    const { statusCode, text } = await post(token, path, request);
    expect(`${statusCode} ${statusCode === 201 ? "" : text}`).toBe("201 ");
  });
});

/** Every resource of every version that the API server serves, with its verbs. */
async function servedResources(): Promise<{ readonly names: readonly string[]; readonly namespaced: boolean }[]> {
  const { groups } = (await api.call("GET", "/apis")) as { groups: { versions: { groupVersion: string }[] }[] };
  const paths = ["/api/v1", ...groups.flatMap(({ versions }) => versions.map((one) => `/apis/${one.groupVersion}`))];
  const lists = await Promise.all(
    paths.map(async (path) => {
      const { resources } = (await api.call("GET", path)) as {
        resources: { name: string; namespaced: boolean; verbs: string[] }[];
      };
      const group = path === "/api/v1" ? "" : (path.split("/")[2] ?? "");
      return resources.map(({ name, namespaced, verbs }) => ({
        names: verbs.map((verb) => nameOf(verb, name, group)),
        namespaced,
      }));
    }),
  );
  return lists.flat();
}

function namesOf(grant: { verbs: readonly string[]; apiGroups: readonly string[]; resources: readonly string[] }) {
  return grant.verbs.flatMap((verb) =>
    grant.apiGroups.flatMap((group) =>
      grant.resources.map((resource) => nameOf(verb, resource, group === "*" ? "" : group)),
    ),
  );
}

async function newAccount(name: string, boundObjectRef?: object): Promise<{ name: string; token: string }> {
  const accounts = "/api/v1/namespaces/default/serviceaccounts";
  await api.call("POST", accounts, { metadata: { name } });
  const { status } = (await api.call("POST", `${accounts}/${name}/token`, {
    spec: { audiences: ["https://kubernetes.default.svc"], boundObjectRef },
  })) as { status: { token: string } };
  return { name, token: status.token };
}

async function grant(account: string, name: string, rule: object): Promise<void> {
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  const full = `${account}-${name}`;
  await api.call("POST", `${rbac}/clusterroles`, { metadata: { name: full }, rules: [rule] });
  await api.call("POST", `${rbac}/clusterrolebindings`, {
    metadata: { name: full },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: full },
    subjects: [{ kind: "ServiceAccount", namespace: "default", name: account }],
  });
}

/** The authorizer sees a binding a moment after it was written. */
async function waitForAnswer(account: string, verb: string, group: string, resource: string, name = ""): Promise<void> {
  const who = { name: `system:serviceaccount:default:${account}`, groups: [] };
  const request = { verb, group, resource, subresource: "", name, namespace: "" };
  await waitFor(`${account} to be allowed ${verb}`, async () => (await api.review(who, request)) || undefined, 60);
}

async function post(token: string, path: string, body: object, headers: Record<string, string> = {}) {
  const all = { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers };
  const response = await plain.request({ method: "POST", path, headers: all, body: JSON.stringify(body) });
  return { statusCode: response.statusCode, text: await response.body.text() };
}

/** The name under which a request arrives, or the status of its refusal. */
async function whoAmI(token: string, headers: Record<string, string>): Promise<string | number> {
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const { statusCode, text } = await post(token, path, {}, headers);
  if (statusCode !== 201) return statusCode;
  return (JSON.parse(text) as { status: { userInfo: { username: string } } }).status.userInfo.username;
}
