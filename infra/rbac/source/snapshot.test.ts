import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binding, codeOf, role, rule, sourceOf } from "../test/sources.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-snapshot-"));
});
afterAll(() => rm(folder, { recursive: true }));

const workloads = `---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: ci}
spec: {jobTemplate: {spec: {template: {spec: {serviceAccountName: deployer}}}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ci}
spec: {template: {spec: {serviceAccount: web}}}
---
apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata: {name: old, namespace: ci, annotations: {kubernetes.io/service-account.name: deployer}}
data: {token: c2VjcmV0}
---
apiVersion: v1
kind: Secret
metadata: {name: other, namespace: ci}
stringData: {password: secret}
`;

describe("snapshots", () => {
  it("give back what was saved", async () => {
    const granted = role("r", `[${rule("get", "pods")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);
    const source = sourceOf(granted + role("s", '"[secret]"') + workloads);
    expect(source.clusters[0]?.workloads).toHaveLength(3);
    const file = join(folder, "snapshot.json");
    await writeFile(file, writeSnapshot(source));
    const again = await readSnapshot(file);
    const plain = (one: typeof source) =>
      JSON.stringify(one.clusters, (key, value) => (key === "origin" ? undefined : value));
    expect(plain(again)).toBe(plain(source));
    expect(again.clusters[0]).toMatchObject({
      workloads: [
        { kind: "CronJob", namespace: "ci", name: "nightly", account: "deployer" },
        { kind: "Pod", namespace: "default", name: "web-0", account: "default" },
        { kind: "Deployment", namespace: "ci", name: "web", account: "web" },
      ],
      tokenSecrets: [{ namespace: "ci", name: "old", account: "deployer" }],
    });
    // Nothing that a Secret holds is kept.
    expect(writeSnapshot(source)).not.toMatch(/c2VjcmV0|password/);
    await writeFile(file, granted);
    expect(await codeOf(readSnapshot(file))).toMatch(/^EDGE_RBAC_SNAPSHOT_FORMAT /);
  });
});
