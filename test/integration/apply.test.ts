import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { applyStack } from "../../infra/deploy/apply-stack.ts";
import { applySetId, applySetKeys, parentOf, rolloutLeaseOf } from "../../infra/deploy/applyset.ts";
import { deleteStack } from "../../infra/deploy/delete-stack.ts";
import { hintsFor } from "../../infra/deploy/hints.ts";
import { readInstallations } from "../../infra/deploy/read-installations.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";
import type { Cluster, LiveObject, ObjectToApply } from "../../infra/kubernetes/kubernetes-types.ts";
import "../support/provided.ts";
import { isOldest } from "../support/oldest-kubernetes.ts";

const rbac = "rbac.authorization.k8s.io/v1";
const run = promisify(execFile);
const id = randomBytes(4).toString("hex");
const stack = `apply-${id}`;
const [first, second] = [`apply-${id}-a`, `apply-${id}-b`];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await connect({ context: await contextName(), kubeconfig: inject("kubeconfig") });
});
afterEach(() => deleteStack(cluster, { stack, timeout: 60 }));

function object(apiVersion: string, kind: string, name: string, namespace?: string, more: object = {}): ObjectToApply {
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) }, ...more };
}
const namespace = (name: string) => object("v1", "Namespace", name);
const configMap = (name: string, where: string, data: object = {}) => object("v1", "ConfigMap", name, where, { data });
const clusterRole = (name: string, verbs: readonly string[] = ["list"]) =>
  object(rbac, "ClusterRole", name, undefined, { rules: [{ apiGroups: [""], resources: ["nodes"], verbs }] });
const clusterRoleName = `iotedge:${first}:iotedge:node-observer`;
const apply = (objects: readonly ObjectToApply[], more: { adopt?: boolean } = {}) =>
  applyStack(cluster, { stack, objects, ...more });
const get = (apiVersion: string, kind: string, name: string, where?: string) =>
  cluster.get({ apiVersion, kind, name, namespace: where });

async function contextName(): Promise<string> {
  const { stdout } = await kubectl(["config", "current-context"]);
  return stdout.trim();
}

function kubectl(args: readonly string[]) {
  return run(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args]);
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const until = Date.now() + 90_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error("it did not happen within 90 s");
  }
}

describe("server-side apply with pruning", () => {
  it("01 applies objects of all scopes in new namespaces, as members of a valid ApplySet", async () => {
    await apply([configMap("c", first, { key: "1" }), namespace(first), clusterRole(clusterRoleName)]);
    const parent = await get("v1", "ConfigMap", parentOf(stack).name, "default");
    expect(parent?.metadata.labels?.[applySetKeys.id]).toBe(applySetId(parentOf(stack)));
    expect(parent?.metadata.annotations).toMatchObject({
      [applySetKeys.groupKinds]: "ClusterRole.rbac.authorization.k8s.io,ConfigMap,Namespace",
      [applySetKeys.namespaces]: first,
    });
    expect((await get("v1", "ConfigMap", "c", first))?.data).toEqual({ key: "1" });
    expect(await get(rbac, "ClusterRole", clusterRoleName)).toBeDefined();
  });

  it("02 writes nothing when nothing has changed", async () => {
    const objects = [namespace(first), configMap("c", first, { key: "1" }), clusterRole(clusterRoleName)];
    const versions = (result: { readonly applied: readonly LiveObject[] }) =>
      result.applied.map(({ metadata }) => (metadata as { resourceVersion?: string }).resourceVersion);
    const before = versions(await apply(objects));
    expect(versions(await apply(objects))).toEqual(before);
  });

  it("03 removes fields and objects that are no longer declared, and leaves what others added", async () => {
    await apply([
      namespace(first),
      namespace(second),
      configMap("c", first, { a: "1", b: "2" }),
      configMap("d", second),
    ]);
    await kubectl(["-n", first, "annotate", "configmap", "c", "somebody=else"]);
    const { pruned } = await apply([namespace(first), configMap("c", first, { a: "1" })]);
    expect(pruned.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "ConfigMap d",
      `Namespace ${second}`,
    ]);
    const live = await get("v1", "ConfigMap", "c", first);
    expect(live?.data).toEqual({ a: "1" });
    expect(live?.metadata.annotations).toMatchObject({ somebody: "else" });
    await eventually(async () => ((await get("v1", "Namespace", second)) === undefined ? true : undefined));
  });

  // The library knows every field of the oldest version.
  it.runIf(!isOldest)("04 keeps fields that the client library does not know", async () => {
    const claims = { resourceClaims: [{ name: "gpu", resourceClaimName: "gpu" }] };
    const template = {
      metadata: { labels: { app: "d" } },
      spec: { ...claims, containers: [{ name: "c", image: "example.org/c:1" }] },
    };
    const spec = { replicas: 0, selector: { matchLabels: { app: "d" } }, template };
    await apply([namespace(first), object("apps/v1", "Deployment", "d", first, { spec })]);
    const live = await get("apps/v1", "Deployment", "d", first);
    expect(live?.spec.template.spec.resourceClaims).toEqual(claims.resourceClaims);
  });

  it("05 refuses objects of others before it writes, and takes them over on demand", async () => {
    await kubectl(["create", "clusterrole", clusterRoleName, "--verb=get", "--resource=nodes"]);
    const objects = [namespace(first), clusterRole(clusterRoleName)];
    await expect(apply(objects)).rejects.toMatchObject({ code: "EDGE_APPLY_FOREIGN_OBJECT" });
    expect(await get("v1", "Namespace", first)).toBeUndefined();
    await apply(objects, { adopt: true });
    expect((await get(rbac, "ClusterRole", clusterRoleName))?.rules[0].verbs).toEqual(["list"]);
  });

  it("06 uses a namespace that was there, and leaves it when the stack goes", async () => {
    await kubectl(["create", "namespace", second]);
    await apply([namespace(second), configMap("c", second)]);
    await apply([namespace(second), configMap("c", second)]);
    expect(await deleteStack(cluster, { stack, timeout: 60 })).toBe(1);
    expect(await get("v1", "Namespace", second)).toBeDefined();
    expect(await get("v1", "ConfigMap", "c", second)).toBeUndefined();
    await kubectl(["delete", "namespace", second]);
  });

  it("06b keeps a namespace of its own that is no longer declared but in use, and its labels", async () => {
    const level = { "pod-security.kubernetes.io/enforce": "restricted" };
    await apply([{ ...namespace(second), metadata: { name: second, labels: level } }, configMap("c", second)]);
    const { pruned } = await apply([configMap("c", second)]);
    expect(pruned).toEqual([]);
    const kept = await get("v1", "Namespace", second);
    expect(kept?.metadata.labels).toEqual({ ...level, "kubernetes.io/metadata.name": second });
    expect(kept?.metadata.deletionTimestamp).toBeUndefined();
    expect(await deleteStack(cluster, { stack, timeout: 60 })).toBe(1);
    expect(await get("v1", "Namespace", second)).toBeDefined();
    await kubectl(["delete", "namespace", second]);
  });

  it("07 says what the API server has against an object", async () => {
    const wrong = object("v1", "ConfigMap", "Wrong_Name", first);
    await expect(apply([namespace(first), wrong])).rejects.toMatchObject({ code: "EDGE_APPLY_REJECTED" });
    await expect(apply([namespace(first), wrong])).rejects.toThrow("Wrong_Name");
    const unknown = object("example.org/v1", "Thing", "t", first);
    await expect(apply([unknown])).rejects.toMatchObject({ code: "EDGE_APPLY_UNKNOWN_KIND" });
  });

  it("07b brings any text of JSON to the cluster as it is, where YAML would refuse or fold it", async () => {
    const texts = ["\u007F", "\u0080", "\u0085", "\u009F", "\u2028", "\u2029", "\uFEFF", "\uFFFE", "\uFFFF", "\u0001"];
    const data = Object.fromEntries(texts.map((text, index) => [`text-${index}`, `a ${text} b\n ${text}`]));
    const secret = object("v1", "Secret", "t", first, { stringData: data });
    await apply([namespace(first), configMap("t", first, data), secret]);
    expect((await get("v1", "ConfigMap", "t", first))?.data).toEqual(data);
    const kept = Object.entries<string>((await get("v1", "Secret", "t", first))?.data ?? {});
    expect(Object.fromEntries(kept.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]))).toEqual(
      data,
    );
  });

  it("08 refuses the placeholder of a Secret that was rendered without its values", async () => {
    const secret = object("v1", "Secret", "s", first, { data: { "tls.key": "(secret)" } });
    await expect(apply([namespace(first), secret])).rejects.toMatchObject({ code: "EDGE_APPLY_REJECTED" });
  });
});

describe("down", () => {
  it("09 deletes what an installation made at run time with it, and nothing of others", async () => {
    const labels = { "app.kubernetes.io/part-of": "iotedge", "app.kubernetes.io/instance": first };
    const account = object("v1", "ServiceAccount", "iotedged", first);
    const labelled = { ...account, metadata: { ...account.metadata, labels } };
    await kubectl(["create", "namespace", first]);
    await apply([labelled, clusterRole(clusterRoleName)]);
    const owner = await get("v1", "ServiceAccount", "iotedged", first);
    const ownerReferences = [
      { apiVersion: "v1", kind: "ServiceAccount", name: "iotedged", uid: owner?.metadata.uid ?? "" },
    ];
    const made = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "edgeagent-status", namespace: first, labels, ownerReferences },
    };
    await cluster.apply(made);
    await cluster.apply(configMap("of-a-user", first));
    const progress: string[] = [];
    await deleteStack(cluster, { stack, timeout: 60, progress: (line) => progress.push(line) });
    expect(await get("v1", "ConfigMap", "edgeagent-status", first)).toBeUndefined();
    expect(await get("v1", "ServiceAccount", "iotedged", first)).toBeUndefined();
    expect(await get(rbac, "ClusterRole", clusterRoleName)).toBeUndefined();
    expect(await get("v1", "ConfigMap", parentOf(stack).name, "default")).toBeUndefined();
    expect(await get("v1", "ConfigMap", "of-a-user", first)).toBeDefined();
    expect(progress).toContain("deleting 1 objects that the installation made");
    await kubectl(["delete", "namespace", first]);
  });

  it("takes along what has EdgeAgent's marks and no owner, and names what holds it", async () => {
    const labels = { "app.kubernetes.io/part-of": "iotedge", "app.kubernetes.io/instance": first };
    const account = object("v1", "ServiceAccount", "iotedged", first);
    await kubectl(["create", "namespace", first]);
    await apply([{ ...account, metadata: { ...account.metadata, labels } }]);
    const marks = { ...labels, "app.kubernetes.io/managed-by": "edgeagent" };
    const thief = object("v1", "ServiceAccount", "thief", first);
    const held = { ...thief, metadata: { ...thief.metadata, labels: marks, finalizers: ["example.com/never"] } };
    await cluster.apply(held);
    await expect(deleteStack(cluster, { stack, timeout: 1 })).rejects.toMatchObject({
      code: "EDGE_APPLY_NOT_GONE",
      message: expect.stringContaining("thief (held by example.com/never)"),
    });
    await kubectl([
      "patch",
      "serviceaccount",
      "thief",
      "-n",
      first,
      "--type=merge",
      "-p",
      '{"metadata":{"finalizers":null}}',
    ]);
    await deleteStack(cluster, { stack, timeout: 60 });
    expect(await get("v1", "ServiceAccount", "thief", first)).toBeUndefined();
    await kubectl(["delete", "namespace", first]);
  });

  it("10 is idempotent", async () => {
    expect(await deleteStack(cluster, { stack, timeout: 60 })).toBe(0);
  });
});

describe("connection", () => {
  it("11 tells an unknown context, and which there are", async () => {
    const failure = connect({ context: "nowhere", kubeconfig: inject("kubeconfig") });
    await expect(failure).rejects.toMatchObject({ code: "EDGE_APPLY_CONTEXT_MISSING" });
    await expect(failure).rejects.toMatchObject({ remedy: expect.stringContaining(await contextName()) });
  });

  it("12 a namespace without installation is not ready, and says so", async () => {
    const [state] = await readInstallations(
      cluster,
      ["default"],
      hintsFor({ kind: "named", context: cluster.context }, undefined),
    );
    expect(state).toMatchObject({ ready: false, name: undefined });
    expect(state?.components[0]).toMatchObject({ state: "missing", reason: "Deployment iotedged does not exist" });
  });

  it("leaves no Lease of rollouts behind but one that a rollout has", async () => {
    const { namespace: where, name } = rolloutLeaseOf(parentOf(stack));
    const lease = object("coordination.k8s.io/v1", "Lease", name, where);
    const live = () => get("coordination.k8s.io/v1", "Lease", name, where);
    await cluster.apply({ ...lease, spec: { holderIdentity: "20261123-000000-0001@somewhere" } });
    await deleteStack(cluster, { stack, timeout: 60 });
    expect(await live()).toBeDefined();
    await cluster.apply({ ...lease, spec: { holderIdentity: "" } });
    await deleteStack(cluster, { stack, timeout: 60 });
    expect(await live()).toBeUndefined();
  });
});
