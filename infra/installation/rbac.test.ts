import { describe, expect, it } from "vitest";
import type { EdgeInstallationArgs } from "./args.ts";
import { recordInstallation } from "./test/sample.ts";

const kinds = ["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];

/** All RBAC objects in a stable order, as the golden files hold them. */
async function rbacOf(args: Partial<EdgeInstallationArgs>, preview: boolean): Promise<string> {
  const { all } = await recordInstallation(args, { preview });
  const objects = kinds.flatMap((kind) =>
    all(kind)
      .map(({ inputs }) => inputs)
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
  );
  return `${JSON.stringify(objects, null, 2)}\n`;
}

describe.each([
  ["in a preview", true],
  ["in an update", false],
])("RBAC objects %s", (_, preview) => {
  it("are those of the golden file by default", async () => {
    await expect(await rbacOf({}, preview)).toMatchFileSnapshot("golden/rbac-default.json");
  });

  it("are those of the golden file with minimal token review and node observer", async () => {
    const args = { name: "line-1", tokenReview: "minimal", nodeObserver: true } as const;
    await expect(await rbacOf(args, preview)).toMatchFileSnapshot("golden/rbac-minimal-node-observer.json");
  });

  it("are those of the golden file with every feature of iotedged", async () => {
    const iotedged = { moduleLogs: true, moduleRestart: true, supportBundle: true };
    await expect(await rbacOf({ iotedged }, preview)).toMatchFileSnapshot("golden/rbac-iotedged-features.json");
  });
});

describe("RBAC objects", () => {
  it("never hold a wildcard, an escalating verb or a right on Secrets", async () => {
    const { all } = await recordInstallation({ tokenReview: "minimal", nodeObserver: true });
    const rules = [...all("Role"), ...all("ClusterRole")].flatMap(({ inputs }) => inputs.rules);
    const mentioned = rules.flatMap((rule) => [...rule.apiGroups, ...rule.resources, ...rule.verbs]);
    expect(rules.length).toBeGreaterThan(5);
    for (const word of ["*", "escalate", "bind", "impersonate", "secrets"]) expect(mentioned).not.toContain(word);
  });

  it("mount no token into pods that do not ask for it", async () => {
    const { all } = await recordInstallation();
    expect(all("ServiceAccount").map(({ inputs }) => inputs.automountServiceAccountToken)).toEqual([false, false]);
  });
});
