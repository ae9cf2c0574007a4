import { describe, expect, test } from "vitest";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import type { ObjectToApply } from "../kubernetes/kubernetes-types.ts";
import { applyStack } from "./apply-stack.ts";
import { applySetId, applySetKeys, parentOf } from "./applyset.ts";
import { deleteStack } from "./delete-stack.ts";

const object = (kind: string, name: string, namespace?: string, apiVersion = "v1"): ObjectToApply => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace && { namespace }) },
});
const role = (name: string) => object("ClusterRole", name, undefined, "rbac.authorization.k8s.io/v1");
const deployment = (name: string, namespace: string) => object("Deployment", name, namespace, "apps/v1");
const apply = (
  cluster: FakeCluster,
  objects: readonly ObjectToApply[],
  more: { adopt?: boolean; stack?: string } = {},
) => applyStack(cluster, { stack: "s", objects, ...more });

let clock = 0;
const timer = {
  now: () => clock,
  sleep: async (milliseconds: number) => {
    clock += milliseconds;
  },
};
const remove = (cluster: FakeCluster) => deleteStack(cluster, { stack: "s", timeout: 5, timer });

describe("applyStack", () => {
  test("writes the record first, then the objects in the order of installation", async () => {
    const cluster = new FakeCluster();
    await apply(cluster, [deployment("d", "a"), object("ConfigMap", "c", "a"), object("Namespace", "a"), role("r")]);
    expect(cluster.log).toEqual([
      "apply ConfigMap default/iotedge-s",
      "apply Namespace a",
      "apply ConfigMap a/c",
      "apply ClusterRole.rbac.authorization.k8s.io r",
      "apply Deployment.apps a/d",
      "apply ConfigMap default/iotedge-s",
    ]);
  });

  test("deletes what an earlier run made and this one does not, cluster-scoped objects included", async () => {
    const cluster = new FakeCluster();
    await apply(cluster, [object("ConfigMap", "c", "a"), object("ConfigMap", "c", "b"), role("r")]);
    cluster.put(object("ConfigMap", "of-somebody-else", "b"));
    const { pruned } = await apply(cluster, [object("ConfigMap", "c", "a")]);
    expect(pruned.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`)).toEqual([
      "ClusterRole /r",
      "ConfigMap b/c",
    ]);
    expect(cluster.names()).toEqual(["ConfigMap a/c", "ConfigMap b/of-somebody-else", "ConfigMap default/iotedge-s"]);
  });

  test("the record covers old and new until the old is gone", async () => {
    const cluster = new FakeCluster();
    await apply(cluster, [role("r"), object("ConfigMap", "c", "old")]);
    const seen: string[] = [];
    const original = cluster.apply.bind(cluster);
    cluster.apply = (item) => {
      const annotations = item.metadata.annotations as Record<string, string> | undefined;
      if (annotations) seen.push(`${annotations[applySetKeys.groupKinds]} in ${annotations[applySetKeys.namespaces]}`);
      return original(item);
    };
    await apply(cluster, [object("Secret", "s", "new")]);
    expect(seen).toEqual(["ClusterRole.rbac.authorization.k8s.io,ConfigMap,Secret in new,old", "Secret in new"]);
  });

  test("refuses objects of others before it writes anything, and names them all", async () => {
    const cluster = new FakeCluster();
    cluster.put(object("ConfigMap", "c", "a"));
    cluster.put(role("r"));
    const failure = apply(cluster, [object("Secret", "s", "a"), object("ConfigMap", "c", "a"), role("r")]);
    await expect(failure).rejects.toMatchObject({ code: "EDGE_APPLY_FOREIGN_OBJECT" });
    await expect(failure).rejects.toThrow("ClusterRole.rbac.authorization.k8s.io r, ConfigMap a/c");
    expect(cluster.log).toEqual([]);
  });

  test("adopts objects on demand, but none of another stack", async () => {
    const cluster = new FakeCluster();
    cluster.put(object("ConfigMap", "c", "a"));
    await apply(cluster, [object("ConfigMap", "c", "a")], { adopt: true });
    const other = apply(cluster, [object("ConfigMap", "c", "a")], { adopt: true, stack: "other" });
    await expect(other).rejects.toMatchObject({ code: "EDGE_APPLY_FOREIGN_OBJECT" });
  });

  test("refuses a ConfigMap that has the record's name", async () => {
    const cluster = new FakeCluster();
    cluster.put(object("ConfigMap", "iotedge-s", "default"));
    await expect(apply(cluster, [])).rejects.toMatchObject({ code: "EDGE_APPLY_FOREIGN_PARENT" });
  });

  test("uses a Namespace that was there without making it its own", async () => {
    const cluster = new FakeCluster();
    cluster.put(object("Namespace", "a"));
    await apply(cluster, [object("Namespace", "a"), object("ConfigMap", "c", "a")]);
    await apply(cluster, [object("Namespace", "a"), object("ConfigMap", "c", "a")]);
    await remove(cluster);
    expect(cluster.names()).toEqual(["Namespace a"]);
  });

  test("keeps a Namespace that the stack no longer declares but still uses, and lets go of it", async () => {
    const cluster = new FakeCluster();
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    const declared = { ...object("Namespace", "a"), metadata: { name: "a", labels } };
    await apply(cluster, [declared, object("Namespace", "b"), object("ConfigMap", "c", "a")]);
    const { pruned } = await apply(cluster, [object("ConfigMap", "c", "a")]);
    expect(pruned.map(({ metadata }) => metadata.name)).toEqual(["b"]);
    const kept = await cluster.get({ apiVersion: "v1", kind: "Namespace", name: "a" });
    expect(kept?.metadata.labels).toEqual(labels);
    await remove(cluster);
    expect(cluster.names()).toEqual(["Namespace a"]);
  });
});

describe("deleteStack", () => {
  const labels = { "app.kubernetes.io/part-of": "iotedge", "app.kubernetes.io/instance": "a" };
  const labelled = (item: ObjectToApply, more: object = {}): ObjectToApply => ({
    ...item,
    metadata: { ...item.metadata, labels: { ...labels, ...more } },
  });

  test("leaves nothing behind, is idempotent, and touches nothing else", async () => {
    const cluster = new FakeCluster();
    cluster.put(object("ConfigMap", "other", "a"));
    await apply(cluster, [
      object("Namespace", "b"),
      object("ConfigMap", "c", "a"),
      object("Secret", "s", "b"),
      role("r"),
    ]);
    expect(await remove(cluster)).toBe(4);
    expect(cluster.names()).toEqual(["ConfigMap a/other"]);
    expect(await remove(cluster)).toBe(0);
  });

  test("stops iotedged, then EdgeAgent, then the modules, and only then takes the permissions", async () => {
    const cluster = new FakeCluster();
    await apply(cluster, [
      labelled(object("ServiceAccount", "iotedged", "a")),
      labelled(deployment("iotedged", "a")),
      labelled(object("Role", "iotedged", "a", "rbac.authorization.k8s.io/v1")),
    ]);
    const account = await cluster.get(
      object("ServiceAccount", "iotedged", "a") && {
        apiVersion: "v1",
        kind: "ServiceAccount",
        name: "iotedged",
        namespace: "a",
      },
    );
    const owned = { ownerReferences: [{ kind: "ServiceAccount", name: "iotedged", uid: account?.metadata.uid ?? "" }] };
    cluster.put(labelled(deployment("edgeagent", "a")), owned);
    cluster.put(labelled(deployment("sensor", "a")), owned);
    cluster.put(labelled(object("Job", "task", "a", "batch/v1")), owned);
    cluster.put(labelled(object("ServiceAccount", "sensor", "a")), owned);
    cluster.put(labelled(deployment("of-a-user", "a")));
    cluster.log.length = 0;
    await remove(cluster);
    expect(cluster.log).toEqual([
      "delete Deployment.apps a/iotedged",
      "delete Deployment.apps a/edgeagent",
      "delete Deployment.apps a/sensor",
      "delete Job.batch a/task",
      "delete ServiceAccount a/sensor",
      "delete Deployment.apps a/iotedged",
      "delete Role.rbac.authorization.k8s.io a/iotedged",
      "delete ServiceAccount a/iotedged",
      "delete ConfigMap default/iotedge-s",
    ]);
    expect(cluster.names()).toEqual(["Deployment.apps a/of-a-user"]);
  });

  test("finds members when the record is gone", async () => {
    const cluster = new FakeCluster();
    const member = { labels: { [applySetKeys.partOf]: applySetId(parentOf("s")) } };
    cluster.put(object("ConfigMap", "c", "a"), member);
    cluster.put(object("PodMonitor", "m", "a", "monitoring.coreos.com/v1"), member);
    cluster.put(object("PrometheusRule", "m", "a", "monitoring.coreos.com/v1"), member);
    expect(await remove(cluster)).toBe(3);
    expect(cluster.names()).toEqual([]);
  });

  test("says what is left when the time is up, and keeps the record", async () => {
    const cluster = new FakeCluster();
    await apply(cluster, [object("ConfigMap", "c", "a")]);
    cluster.delete = async () => {};
    const failure = remove(cluster);
    await expect(failure).rejects.toMatchObject({ code: "EDGE_APPLY_NOT_GONE" });
    await expect(failure).rejects.toThrow("still there after 5 s: ConfigMap a/c");
    expect(cluster.names()).toContain("ConfigMap default/iotedge-s");
  });
});
