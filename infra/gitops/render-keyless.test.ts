import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { createTestCa } from "../../test/fakes/test-ca.ts";
import { neededSecrets } from "./needed-secrets.ts";
import { renderKeyless } from "./render-keyless.ts";

const program = join(import.meta.dirname, "../index.ts");
const images = { iotedged: "r.invalid/a:1", edgeAgent: "r.invalid/b:1", proxy: "r.invalid/c:1" };
const day = 86_400_000;
const identity = { existingSecret: "our-identity" };
let directory: string;
let trust: object;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-keyless-"));
  await mkdir(join(directory, "stacks"));
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(directory, "Pulumi.yaml"), stringify(project));
  const ca = await createTestCa({ name: "ours", notBefore: Date.now() - day, notAfter: Date.now() + 900 * day });
  trust = { roots: [], trustedCas: [ca.certificatePem], workloadCa: { existingSecret: "our-ca" } };
});
afterEach(() => rm(directory, { recursive: true }));

async function render(installation: object, more: object = {}, clusterObjects = false) {
  const installations = [{ namespace: "edge-a", createNamespace: true, ...installation }];
  const config = { "iotedge:images": images, "iotedge:installations": installations, ...more };
  await writeFile(join(directory, "stacks/Pulumi.local.yaml"), stringify({ config }));
  return renderKeyless({ projectDirectory: directory, stack: "local", clusterObjects });
}

describe("rendering without keys", () => {
  it("gives manifests without a Secret, and names those that pods wait for", async () => {
    const objects = await render({ trust, identity, imagePullSecrets: ["pull"] });
    expect(objects.filter(({ kind }) => kind === "Secret")).toEqual([]);
    expect(JSON.stringify(objects)).not.toMatch(/known after deployment|\(secret\)|PRIVATE KEY/);
    expect(neededSecrets(objects)).toEqual(
      ["our-ca", "our-identity", "pull"].map((name) => ({ namespace: "edge-a", name })),
    );
  });

  it("waits for no Secret that cert-manager makes of a Certificate in the manifests", async () => {
    const workloadCa = { certManager: { issuerRef: { name: "line-ca" } } };
    const objects = await render({ trust: { ...trust, workloadCa }, identity });
    expect(objects.map(({ kind }) => kind)).toContain("Certificate");
    expect(neededSecrets(objects)).toEqual([{ namespace: "edge-a", name: "our-identity" }]);
  });

  it.each([
    ["identity", () => ({ trust }), ["iotedged-identity"], ["`identity.existingSecret`"]],
    ["CA", () => ({ identity }), ["iotedged-workload-ca"], ["`trust.workloadCa.existingSecret`", "`trust.roots: []`"]],
    [
      "root that signs no more",
      () => ({ identity, trust: { ...trust, roots: [{ id: "r1", state: "retired" }] } }),
      ["edge-a-root-r1"],
      ["`trust.roots: []`"],
    ],
  ])(
    "refuses by name to make the key of an %s, and says which option makes it needless",
    async (_, given, keys, options) => {
      const error = await render(given()).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "EDGE_GITOPS_KEYS" });
      for (const key of keys) expect(error.message).toContain(key);
      for (const option of options) expect(error.remedy).toContain(option);
    },
  );

  it("refuses passwords of registries, whether they are there or not", async () => {
    const registries = [{ server: "r.invalid", username: "robot" }];
    await expect(render({ trust, identity }, { "iotedge:registries": registries })).rejects.toMatchObject({
      code: "EDGE_GITOPS_SECRETS",
      remedy: expect.stringContaining("`imagePullSecrets`"),
    });
  });

  it("needs no options for what is cluster-scoped", async () => {
    const objects = await render({}, { "iotedge:clusterObjects": "external" }, true);
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(
      new Set(["Namespace", "ClusterRoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]),
    );
  });
});
