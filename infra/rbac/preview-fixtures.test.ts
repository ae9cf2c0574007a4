import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildDiff } from "./report/build.ts";
import { readPreview } from "./source/preview.ts";
import { summary } from "./test/sources.ts";

const folder = fileURLToPath(new URL("fixtures/pulumi-preview/", import.meta.url));
const agent = "ServiceAccount edge-a/edgeagent";
const daemon = "ServiceAccount edge-a/iotedged";

interface Expectation {
  readonly changes: readonly string[];
  readonly outcome: string;
  /** `severity rule` of what the change brings. */
  readonly risks: readonly string[];
}

/** What the README of the fixtures says about each of them. */
const table: Readonly<Record<string, Expectation>> = {
  "create-all.json": {
    changes: [
      `${agent} new create,delete,list,update deployments.apps @edge-a`,
      `${agent} new list,watch pods @edge-a`,
      `${daemon} new create subjectaccessreviews.authorization.k8s.io @*`,
      `${daemon} new create tokenreviews.authentication.k8s.io @*`,
      `${daemon} new list nodes @*`,
    ],
    outcome: "changes",
    risks: ["medium workloads-write"],
  },
  "no-change.json": { changes: [], outcome: "nothing", risks: [] },
  "rules-widened-and-subject-added.json": {
    changes: [
      "ServiceAccount ci/ci new create,delete,list,update deployments.apps @edge-a",
      "ServiceAccount ci/ci new get,list secrets @edge-a",
      "ServiceAccount ci/ci new list,watch pods @edge-a",
      `${agent} new get,list secrets @edge-a`,
      `${daemon} new watch nodes @*`,
    ],
    outcome: "changes",
    risks: ["high iotedged-confined", "high secrets-read", "high secrets-read", "medium workloads-write"],
  },
  "rules-narrowed-and-cluster-role-deleted.json": {
    changes: [`${agent} removed list,watch pods @edge-a`, `${daemon} removed list nodes @*`],
    outcome: "changes",
    risks: [],
  },
  "role-ref-replaced-by-cluster-admin.json": {
    changes: [
      "ClusterRoleBinding iotedge:a:auth-delegator: ClusterRole system:auth-delegator => ClusterRole cluster-admin",
      `${daemon} new * all paths @*`,
      `${daemon} widened * all resources @*`,
    ],
    outcome: "changes",
    risks: ["critical everything", "high iotedged-confined", "medium wildcard-paths"],
  },
  "secret-inside-a-rule.json": {
    changes: ["head secret Role edge-a/dyn rules"],
    outcome: "undecided",
    risks: ["high unresolved"],
  },
};

describe("real previews", () => {
  it.each(Object.entries(table))("%s", async (file, { changes, outcome, risks }) => {
    const { base, head } = await readPreview(`${folder}${file}`);
    const report = buildDiff(base, head);
    expect(summary(report)).toEqual(changes);
    expect(report.verdict.outcome).toBe(outcome);
    const introduced = report.findings.filter((finding) => finding.introduced);
    expect(introduced.map(({ severity, rule }) => `${severity} ${rule}`).sort()).toEqual(risks);
  });

  it("refuses the one without unchanged resources, and says how to make it", async () => {
    await expect(readPreview(`${folder}without-show-sames.json`)).rejects.toMatchObject({
      code: "EDGE_RBAC_PREVIEW_WITHOUT_SAMES",
      message: expect.stringContaining("6 unchanged"),
      remedy: expect.stringContaining("--show-sames"),
    });
  });

  it("has an expectation for every file", async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith(".json"));
    expect(files.sort()).toEqual([...Object.keys(table), "without-show-sames.json"].sort());
  });

  it("names the binding that is deleted and made anew, and who is without access meanwhile", async () => {
    const { base, head } = await readPreview(`${folder}role-ref-replaced-by-cluster-admin.json`);
    expect(buildDiff(base, head).retargeted[0]?.withoutAccess).toEqual([daemon]);
  });
});
