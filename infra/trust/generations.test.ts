import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundleHash, fingerprintOf } from "#contract";
import type { KubernetesObject } from "../render/kubernetes-object.ts";
import { createTestRendering } from "./test/rendering.ts";

const start = Date.parse("2026-12-01T00:00:00Z");
const stateOfOneRoot = new URL("../../test/fixtures/trust/state-of-one-root.json", import.meta.url);
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trust-state-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const find = (objects: readonly KubernetesObject[], kind: string, name: string) => {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  return found as any;
};
const bundleOf = (objects: readonly KubernetesObject[]) =>
  find(objects, "ConfigMap", "iotedged-proxy-trust-bundle").data["trust_bundle.pem"] as string;
const annotationsOf = (objects: readonly KubernetesObject[]) =>
  find(objects, "ConfigMap", "iotedged-proxy-trust-bundle").metadata.annotations as Record<string, string>;
const certificates = (pem: string) =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one),
  );
const workloadCaOf = (objects: readonly KubernetesObject[]) => {
  const data = find(objects, "Secret", "iotedged-workload-ca").data["tls.crt"];
  return new X509Certificate(Buffer.from(data, "base64"));
};
const roots = (text: string) => ({
  roots: text.split(",").map((item) => ({ id: item.split("=")[0] ?? "", state: item.split("=")[1] ?? "" })),
});

describe("generations of the root", { timeout: 60_000 }, () => {
  it("take over the only root of an installation from before, with every certificate as it is", async () => {
    const state = await readFile(stateOfOneRoot, "utf8");
    const { render } = await createTestRendering(directory, () => start, state);
    const objects = await render({});
    const known = Object.entries(JSON.parse(state).resources) as [string, { outputs: { certPem: string } }][];
    const certificateOf = (name: string) => known.find(([urn]) => urn.endsWith(name))?.[1].outputs.certPem;
    expect(bundleOf(objects)).toBe(certificateOf("SelfSignedCert::edge-a-root"));
    expect(workloadCaOf(objects).toString()).toBe(
      new X509Certificate(certificateOf("LocallySignedCert::edge-a-workload-ca") ?? "").toString(),
    );
    expect(annotationsOf(objects)["iotedge.dev/trust-roots"]).toBe("r1=active");
  });

  it("join and leave without touching each other", async () => {
    const { render } = await createTestRendering(directory, () => start);
    const first = await render({});
    const [r1] = certificates(bundleOf(first));
    const both = await render(roots("r1=active,r2=next"));
    const [same, r2] = certificates(bundleOf(both));
    expect(same?.fingerprint256).toBe(r1?.fingerprint256);
    expect(workloadCaOf(both).toString()).toBe(workloadCaOf(first).toString());

    const promoted = await render(roots("r1=retired,r2=active"));
    expect(certificates(bundleOf(promoted)).map(({ subject }) => subject.split("CN=")[1])).toEqual([
      "edge-a root CA",
      "edge-a root CA r2",
    ]);
    expect(bundleOf(promoted)).toBe(bundleOf(both));
    expect(workloadCaOf(promoted).verify((r2 as X509Certificate).publicKey)).toBe(true);

    const alone = await render(roots("r2=active"));
    expect(bundleOf(alone)).toBe(r2?.toString());
    expect(workloadCaOf(alone).toString()).toBe(workloadCaOf(promoted).toString());
  });

  it("tell in annotations what the bundle is made of, hash and all", async () => {
    const { render } = await createTestRendering(directory, () => start);
    await render({});
    const objects = await render({ ...roots("r1=active,r2=next"), workloadCa: { id: "w2" } });
    const pem = bundleOf(objects);
    const [r1, r2] = certificates(pem).map(fingerprintOf);
    expect(annotationsOf(objects)).toEqual({
      "iotedge.dev/trust-roots": "r1=active,r2=next",
      "iotedge.dev/trust-workload-ca": "w2",
      "iotedge.dev/trust-workload-ca-fingerprint": fingerprintOf(workloadCaOf(objects)),
      "iotedge.dev/trust-further-cas": "",
      "iotedge.dev/trust-root-fingerprints": `r1=${r1},r2=${r2}`,
      "iotedge.dev/trust-bundle-sha256": bundleHash(pem),
    });
  });

  it("of the workload CA have keys of their own, below the same root", async () => {
    const { render } = await createTestRendering(directory, () => start);
    const before = workloadCaOf(await render({}));
    const objects = await render({ workloadCa: { id: "w2" } });
    const after = workloadCaOf(objects);
    const [root] = certificates(bundleOf(objects));
    expect(after.publicKey.equals(before.publicKey)).toBe(false);
    for (const ca of [before, after]) expect(ca.verify((root as X509Certificate).publicKey)).toBe(true);
  });

  it("of the user's own replace the workload CA, once the bundle vouches for them", async () => {
    const other = await createTestRendering(join(directory, "other"), () => start);
    const pem = bundleOf(await other.render({}));
    const { render } = await createTestRendering(directory, () => start);
    await render({});
    const own = { trustedCas: [pem], workloadCa: { existingSecret: "our-ca" } };
    const retired = { roots: [{ id: "r1", state: "retired" }], ...own };
    await expect(render(retired)).rejects.toThrow("no further CA is in the deployed bundle");
    await render({ trustedCas: [pem] });
    const objects = await render(retired);
    expect(find(objects, "Secret", "iotedged-workload-ca")).toBeUndefined();
    expect(certificates(bundleOf(objects))).toHaveLength(2);
    const volumes = find(objects, "Deployment", "iotedged").spec.template.spec.volumes;
    expect(volumes).toContainEqual(
      expect.objectContaining({ secret: expect.objectContaining({ secretName: "our-ca" }) }),
    );
    expect(bundleOf(await render({ ...own, roots: [] }))).toBe(pem);
  });

  it("are refused in a preview when they skip a step, with the way that may be taken", async () => {
    const { render } = await createTestRendering(directory, () => start);
    await render({});
    const skipped = render(roots("r1=retired,r2=active"), { preview: true });
    await expect(skipped).rejects.toMatchObject({ code: "EDGE_RENDER_UPDATE_REFUSED" });
    await expect(skipped).rejects.toThrow("root r2 is absent and may not become active: no client knows it yet");
    await expect(render(roots("r2=active"))).rejects.toThrow("root r1 is active and may not become absent");
    await render(roots("r1=revoked,r2=active"));
  });
});
