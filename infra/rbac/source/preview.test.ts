import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildDiff } from "../report/build.ts";
import { codeOf, summary } from "../test/sources.ts";
import { previewSources, readPreview } from "./preview.ts";
import { readPreviewDocument } from "./preview-document.ts";

const folder = fileURLToPath(new URL("../fixtures/pulumi-preview/", import.meta.url));
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
    risks: ["high iotedged-confined", "high secrets-read", "high secrets-read", "high workloads-write"],
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
    risks: ["critical everything", "critical workloads-write", "high iotedged-confined", "medium wildcard-paths"],
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

describe("previews", () => {
  const stack = { op: "same", urn: "s", oldState: { urn: "s", type: "pulumi:pulumi:Stack", custom: false } };
  const step = (op: string, oldRules?: unknown, newRules?: unknown, urn = "urn::r") => ({
    op,
    urn,
    ...(oldRules === undefined ? {} : { oldState: state(oldRules) }),
    ...(newRules === undefined ? {} : { newState: state(newRules) }),
  });
  const state = (rules: unknown) => ({
    urn: "urn::r",
    custom: true,
    type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
    inputs: { metadata: { name: "r" }, rules },
  });
  const get = [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }];
  const digest = (content: object) => JSON.stringify({ steps: [stack], changeSummary: { same: 1 }, ...content });
  const rolesOf = (steps: readonly object[]) => {
    const { base, head } = previewSources(steps as never, "p.json");
    return [base, head].map(({ clusters }) => clusters[0]?.roles.map(({ rules }) => rules.length) ?? []);
  };

  it.each([
    [
      "a failed run",
      digest({ diagnostics: [{ severity: "error", message: "boom\nmore" }] }),
      /^EDGE_RBAC_PREVIEW_FAILED .*: boom$/,
    ],
    ["a corrupt run", digest({ maybeCorrupt: true }), /^EDGE_RBAC_PREVIEW_FAILED /],
    ["events", '{"sequence":1,"timestamp":2,"preludeEvent":{}}\n{"sequence":2}', /stream of engine events/],
    ["another JSON file", '{"name": "x"}', /no 'changeSummary'/],
    ["a list", "[]", /PREVIEW_FORMAT/],
    ["text around the JSON", 'Previewing\n{"steps": []}', /EDGE_RBAC_(SYNTAX|PREVIEW_FORMAT) /],
    ["a step without URN", digest({ steps: [{ op: "same" }] }), /PREVIEW_FORMAT .*\/steps\/0/],
  ])("refuse %s", async (_, text, expected) => {
    expect(await codeOf((async () => readPreviewDocument(text, "p.json"))())).toMatch(expected);
  });
  it("refuse operations of a later Pulumi", async () => {
    expect(await codeOf((async () => rolesOf([step("teleport", get, get)]))())).toMatch(
      /the operation 'teleport' is not known/,
    );
  });
  it("take the state before and the plan after", () => {
    expect(rolesOf([step("create", undefined, get)])).toEqual([[], [1]]);
    expect(rolesOf([step("delete", get)])).toEqual([[1], []]);
    expect(rolesOf([step("update", get, [])])).toEqual([[1], [0]]);
  });
  it("count a replacement once, with or without its steps", () => {
    const steps = [step("create-replacement", get, []), step("replace", get, []), step("delete-replaced", get)];
    expect(rolesOf(steps)).toEqual([[1], [0]]);
  });
  it("take a replacement from its steps where it is not there as a whole", () => {
    expect(rolesOf([step("create-replacement", get, []), step("delete-replaced", get)])).toEqual([[1], [0]]);
  });
  it("do not take the end of an old copy for the end of the resource", () => {
    const copy = { ...step("delete", get), oldState: { ...state(get), delete: true } };
    expect(rolesOf([step("same", get, get), copy])).toEqual([[1], [1]]);
  });
  it("start from what a refresh found", () => {
    expect(rolesOf([step("update", [], get), step("update", get, [])])).toEqual([[1], [0]]);
  });
  it("keep clusters of one stack apart by their provider", () => {
    const at = (provider: string) => ({
      ...step("same", get, get, provider),
      provider: `urn::x::pulumi:providers:kubernetes::${provider}::id`,
    });
    const { head } = previewSources([at("east"), at("west"), at("default_4_34_2")] as never, "p.json");
    expect(head.clusters.map(({ cluster }) => cluster)).toEqual(["east", "west", "default"]);
  });
  it("name the file in which a resource is declared, wherever the project was", () => {
    const sourcePosition = "project:///infra/file:/builds/7/edge/infra/installation/rbac.ts#25,16";
    const declared = { ...step("create", undefined, get), newState: { ...state(get), sourcePosition } };
    const { head } = previewSources([declared] as never, "p.json");
    expect(head.clusters[0]?.roles[0]?.origin).toEqual({ urn: "urn::r", file: "infra/installation/rbac.ts", line: 25 });
  });
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const unresolvedOf = (type: string, inputs: object | string, custom = true) => {
    const made = { ...step("create", undefined, []), newState: { urn: "urn::r", custom, type, inputs } };
    const { head } = previewSources([made] as never, "p.json");
    return head.clusters.flatMap(({ unresolved }) => unresolved.map(({ object }) => object));
  };
  it.each([
    ["kubernetes:yaml/v2:ConfigGroup", { yaml: unknown }],
    ["kubernetes:helm.sh/v4:Chart", { chart: "c", values: { admin: unknown } }],
    ["kubernetes:kustomize/v2:Directory", { directory: unknown }],
  ])("list a %s of which they know no objects", (type, inputs) => {
    expect(unresolvedOf(type, inputs, false)).toEqual([`${type} r`]);
    expect(unresolvedOf(type, { known: "all" }, false)).toEqual([]);
  });
  it("list what may bring access and of which nothing is known", () => {
    expect(unresolvedOf("kubernetes:core/v1:ConfigMap", unknown)).toEqual(["ConfigMap (r)"]);
    expect(unresolvedOf("kubernetes:core/v1:Service", unknown)).toEqual([]);
  });
  it("list a resource whose inputs are a secret as a whole", () => {
    const secret = { ...step("create", undefined, []), newState: { ...state([]), inputs: "[secret]" } };
    const { head } = previewSources([secret] as never, "p.json");
    expect(head.clusters[0]?.unresolved).toMatchObject([{ reason: "secret", path: "" }]);
  });
});
