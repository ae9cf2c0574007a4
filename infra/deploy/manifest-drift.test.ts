import { describe, expect, it } from "vitest";
import type { LiveObject } from "../kubernetes/index.ts";
import { hintsFor } from "./hints.ts";
import { manifestDrift } from "./manifest-drift.ts";

const hints = hintsFor({ kind: "named", context: "c" }, "s");
const manifest = (modules: object) => ({ modulesContent: { $edgeAgent: { "properties.desired": { modules } } } });
const declared = JSON.stringify(manifest({ a: { settings: { image: "r/a:1" } } }));

function live(text: string, writers: readonly (readonly [manager: string, time: string])[] = []): LiveObject {
  const managedFields = writers.map(([manager, time]) => ({
    manager,
    time,
    fieldsV1: { "f:data": { "f:deployment.json": {} } },
  }));
  const metadata = { name: "edgeagent-deployment", uid: "u", managedFields };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "deployment.json": text } };
}
const drift = (text: string, writers: readonly (readonly [string, string])[] = []) =>
  manifestDrift("edge-a", declared, live(text, writers), hints);

describe("a manifest that is another than the declared one", () => {
  const changed = JSON.stringify(manifest({ a: { settings: { image: "r/a:2" } }, b: { env: { PASSWORD: "secret" } } }));

  it("is told with place and writer, and without what stands there", () => {
    const found = drift(changed, [
      ["edgectl", "2026-01-01T00:00:00Z"],
      ["kubectl-edit", "2026-01-02T00:00:00Z"],
    ]);
    expect(found).toMatchObject({
      id: "manifest-edited",
      severity: "warning",
      evidence:
        "it differs in modules.a.settings.image, modules.b, last written by kubectl-edit at 2026-01-02T00:00:00Z",
      fix: expect.stringContaining("npx edgectl up --stack s --context c"),
    });
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  it.each(["edgectl", "pulumi-kubernetes-1a2b", "kustomize-controller", "argocd-controller"])(
    "is one that is still to be deployed where %s wrote it",
    (manager) => {
      expect(drift(changed, [[manager, "2026-01-01T00:00:00Z"]])?.id).toBe("manifest-not-deployed");
    },
  );

  it("is none that is only written otherwise", () => {
    expect(drift(JSON.stringify(JSON.parse(declared), undefined, 2))).toBeUndefined();
  });

  it("is one that is no JSON any more", () => {
    expect(drift("{")?.evidence).toBe("it is no JSON object");
  });

  it("is told in a few places, however many there are", () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`m${index}`, {}]));
    expect(drift(JSON.stringify(manifest(many)))?.evidence).toMatch(/ and 5 more$/);
  });

  it("is not known as long as the declared one is not", () => {
    expect(manifestDrift("edge-a", undefined, live(changed), hints)).toBeUndefined();
  });
});
