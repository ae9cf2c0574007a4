import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describePermission, permissionsOf } from "./model/permission.ts";
import { buildDiff, buildLint } from "./report/build.ts";
import type { Report } from "./report/model.ts";
import { type Severity, severityRank } from "./risk/severity.ts";
import { readManifests } from "./source/manifests.ts";
import { emptySource } from "./source/source.ts";
import { edgectlRbac } from "./test/edgectl-rbac.ts";
import { codeOf } from "./test/sources.ts";

const folder = join(import.meta.dirname, "fixtures/cases");
const read = (name: string) => readManifests(join(folder, name));
const lint = async (name: string) => buildLint(await read(name));
const rank = (severity: string | null) => (severity === null ? -1 : severityRank(severity as Severity));
const worstOf = ({ findings }: Report, about?: string) =>
  Math.max(
    -1,
    ...findings.filter((one) => about === undefined || one.about === about).map(({ severity }) => rank(severity)),
  );

describe("patterns", async () => {
  const names = await readdir(join(folder, "patterns"));
  /** What bindings to wide groups are found for says no file. */
  it.each(names.filter((name) => name !== "agg-custom-label.yaml"))("%s is as bad as it says", async (name) => {
    const text = await readFile(join(folder, "patterns", name), "utf8");
    const [, expected = "low"] = /^# expected at least (\w+)$/m.exec(text) ?? [];
    expect(worstOf(await lint(`patterns/${name}`))).toBeGreaterThanOrEqual(rank(expected));
  });

  it("a role that nobody is bound to yet is told", async () => {
    const report = buildDiff(emptySource, await read("patterns/agg-custom-label.yaml"));
    expect(report.latent).toMatchObject([{ role: "ClusterRole rb-agg-custom", gained: ["list secrets"] }]);
  });
});

describe("spelling", () => {
  it.each(["cr-comment", "nel-comment", "utf16le", "json-two"])(
    "%s: a binding to cluster-admin is seen",
    async (name) => {
      const report = await lint(`spelling/${name}.yaml`);
      expect(report.verdict.worst).toBe("critical");
      expect(report.unresolved).toEqual([]);
    },
  );

  it.each([
    ["spelling/merge-list.yaml", ["* all resources", "get configmaps.*"]],
    ["merge-strict.yaml", ["list secrets"]],
    ["merge-live.yaml", ["* all resources"]],
  ])("%s: merged keys count", async (name, permissions) => {
    const [cluster] = (await read(name)).clusters;
    const all = cluster?.roles.flatMap(({ rules }) => rules.flatMap(permissionsOf)).map(describePermission);
    expect(all).toEqual(expect.arrayContaining(permissions));
  });

  it("merge-subject: both subjects are bound", async () => {
    const [cluster] = (await read("spelling/merge-subject.yaml")).clusters;
    expect(cluster?.bindings[0]?.subjects.length).toBeGreaterThan(1);
  });

  it("docsep-text: kubectl refuses it, so that it is unresolved", async () => {
    expect((await lint("spelling/docsep-text.yaml")).unresolved).toHaveLength(1);
  });
});

describe("opaque", async () => {
  it.each(await readdir(join(folder, "opaque")))("%s is unresolved", async (name) => {
    const { unresolved, verdict } = await lint(`opaque/${name}`);
    expect(unresolved).toHaveLength(1);
    expect(verdict.outcome).not.toBe("nothing");
  });
});

describe("other cases", () => {
  it("group-two-namespaces: both are listed", async () => {
    const [finding] = (await lint("group-two-namespaces.yaml")).findings;
    expect(finding?.scopes.toSorted()).toEqual(["dev", "production"]);
  });

  it("evidence: the new permission alone, by its own severity", async () => {
    const report = buildDiff(await read("evidence/base.yaml"), await read("evidence/head.yaml"));
    expect(report.findings.filter(({ introduced }) => introduced)).toMatchObject([
      { severity: "high", permissions: ['list secrets "tls"'], earlier: ["get secrets"] },
    ]);
  });

  it("transitive: creating jobs beside a cluster-admin account is as bad as that", async () => {
    expect(worstOf(await lint("transitive.yaml"), "Group interns")).toBeGreaterThanOrEqual(rank("high"));
  });

  it("constrained-impersonation: is found, and queries take the verbs", async () => {
    expect((await lint("constrained-impersonation.yaml")).findings.length).toBeGreaterThan(0);
    const file = join(folder, "constrained-impersonation.yaml");
    const asked = ["explain", "sa:rb-spice/ci", "impersonate-on:user-info:list", "secrets", "-s", file];
    expect(await edgectlRbac(folder, ...asked)).toMatchObject({ code: 0, out: expect.stringMatching(/^yes: /) });
  });

  it("missing-role: by scope", async () => {
    expect((await lint("missing-role.yaml")).verdict.worst).toBe("high");
  });

  it("err-inject: nothing raw in any output", async () => {
    for (const format of ["table", "markdown", "json", "sarif", "html", "svg"]) {
      const { out } = await edgectlRbac(folder, "lint", join(folder, "err-inject.yaml"), "-o", format);
      expect(out, format).not.toContain("\u001b");
      expect(out, format).not.toMatch(/(?:^|[^:\w])::(?:error|stop-commands)/);
      // A picture draws bindings, and this is none.
      if (format !== "svg") expect(out, format).toContain("pwned");
    }
  });

  it.each([
    ["bomb-rules.yaml", /^EDGE_RBAC_DOCUMENT_EXCESSIVE .*multiply to 27000000 permissions$/],
    ["self-ref.yaml", /^EDGE_RBAC_DOCUMENT_EXCESSIVE .*stands for a value that contains itself$/],
  ])("%s: a clear error", async (name, expected) => {
    expect(await codeOf(read(name))).toMatch(expected);
  });
});
