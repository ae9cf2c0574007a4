import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Report } from "../../infra/rbac/report/model.ts";
import { binding, role, rule, serviceAccount, summary } from "../../infra/rbac/test/sources.ts";
import { edgectl } from "../support/edgectl.ts";
import "../support/provided.ts";
import { waitFor } from "../support/wait-for.ts";

const name = `live-${randomBytes(3).toString("hex")}`;
const aggregated = role(`${name}-sum`, "[]").replace(
  "rules: []",
  `aggregationRule: {clusterRoleSelectors: [{matchLabels: {sum: ${name}}}]}`,
);

const same = new URL("../../infra/rbac/fixtures/cases/live-same.yaml", import.meta.url);

/** Risky by itself, by aggregation, and by where it leads. */
const manifests =
  `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n` +
  serviceAccount(name, "deployer") +
  role(`${name}-r`, `[${rule("list", "secrets")}]`) +
  binding(`${name}-r`, `ClusterRole/${name}-r`, [`sa:${name}/deployer`]) +
  aggregated +
  role(`${name}-part`, `[${rule("create", "jobs", "batch")}]`, undefined, `labels: {sum: ${name}}`) +
  binding("dev", `ClusterRole/${name}-sum`, ["group:interns"], name) +
  `---\n${readFileSync(same, "utf8")}`;

let folder: string;
const file = () => join(folder, "manifests.yaml");
const kubectl = (...args: string[]) =>
  promisify(execFile)(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-live-"));
  await writeFile(file(), manifests);
  await kubectl("apply", "--server-side", "--filename", file());
  await waitFor("aggregation", async () => {
    const { stdout } = await kubectl("get", "clusterrole", `${name}-sum`, "-o", "jsonpath={.rules}");
    return stdout.includes("jobs") || undefined;
  });
});
afterAll(async () => {
  await kubectl("delete", "--wait=false", "--ignore-not-found", "--filename", file());
  await rm(folder, { recursive: true });
});

async function diff(yaml: string): Promise<{ readonly code: number | null; readonly report: Report }> {
  const head = join(folder, "head.yaml");
  await writeFile(head, yaml);
  const config = new KubeConfig();
  config.loadFromFile(inject("kubeconfig"));
  const args = ["--base", `context:${config.getCurrentContext()}`, "--head", head, "--fail-on", "high", "-o", "json"];
  const { code, stdout } = await edgectl(["rbac", "diff", ...args], {
    env: { KUBECONFIG: inject("kubeconfig") },
  });
  return { code, report: JSON.parse(stdout) as Report };
}

/** Less what other tests have in the same cluster meanwhile. */
const changes = (report: Report) => summary(report).filter((line) => !line.startsWith("same ") || line.includes(name));
const introduced = ({ findings }: Report) => findings.filter((finding) => finding.introduced);

describe("manifests compared with the cluster that they were applied to", () => {
  it("are no change, and bring nothing", async () => {
    const { code, report } = await diff(manifests);
    expect(changes(report)).toEqual([]);
    expect(introduced(report)).toEqual([]);
    expect(code).toBe(0);
  });

  it("bring what they add, judged with the accounts that only the cluster has", async () => {
    const added =
      role("eve", `[${rule("create", "pods")}]`, "kube-system") +
      binding("eve", "Role/eve", ["user:eve"], "kube-system");
    const { code, report } = await diff(manifests + added);
    expect(changes(report)).toEqual(["User eve new create pods @kube-system"]);
    expect(introduced(report)).toMatchObject([
      { about: "User eve", severity: "critical", unknown: null, reach: { power: "cluster-admin" } },
    ]);
    expect(code).toBe(3);
  });
});
