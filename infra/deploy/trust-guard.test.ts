import { beforeAll, describe, expect, it } from "vitest";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { createTestCa, type TestCa } from "../../test/fakes/test-ca.ts";
import { readBundle } from "../trust-model/index.ts";
import { guardRollback, guardTrust, trustRefusals } from "./trust-guard.ts";

const now = Date.parse("2026-06-01T00:00:00Z");
const year = 365 * 86_400_000;
let ca: TestCa;
let pem: string;

beforeAll(async () => {
  ca = await createTestCa({ name: "root", notBefore: now - year, notAfter: now + year });
  pem = ca.certificatePem;
});

const bundle = (roots: string | undefined, text = pem) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "iotedged-proxy-trust-bundle",
    namespace: "edge-a",
    annotations: roots === undefined ? {} : { "iotedge.dev/trust-roots": roots },
  },
  data: { "trust_bundle.pem": text },
});

describe("guardTrust", () => {
  it("lets a first deployment, the next step and the upgrade from one root through", async () => {
    const cluster = new FakeCluster();
    await guardTrust(cluster, [bundle("r1=active")], now);
    cluster.put(bundle(undefined));
    await guardTrust(cluster, [bundle("r1=active")], now);
    await guardTrust(cluster, [bundle("r1=active,r2=next")], now);
  });

  it("refuses what skips a step against the cluster, whatever was rendered before", async () => {
    const cluster = new FakeCluster();
    cluster.put(bundle("r1=active"));
    await expect(guardTrust(cluster, [bundle("r1=retired,r2=active")], now)).rejects.toMatchObject({
      code: "EDGE_TRUST_STEP_SKIPPED",
      message: expect.stringContaining("from r1=active with workload CA w1 to r1=retired,r2=active"),
    });
  });

  it("refuses another key for a root that clients know, and lets a renewed certificate through", async () => {
    const cluster = new FakeCluster();
    const of = (roots: string, text: string) => {
      const object = bundle(roots, text);
      const print = readBundle(text, now).cas[0]?.fingerprint ?? "";
      const annotations = { ...object.metadata.annotations, "iotedge.dev/trust-root-fingerprints": `r1=${print}` };
      return { ...object, metadata: { ...object.metadata, annotations } };
    };
    cluster.put(of("r1=active", pem));
    const life = { notBefore: now - year, notAfter: now + 2 * year };
    const other = await createTestCa({ name: "root", ...life });
    await expect(guardTrust(cluster, [of("r1=active", other.certificatePem)], now)).rejects.toMatchObject({
      code: "EDGE_TRUST_OTHER_KEY",
      message: "root r1 of installation edge-a has another key here than in the cluster",
    });
    await guardTrust(cluster, [of("r1=revoked,r2=active", pem)], now);
    const renewed = await createTestCa({ name: "root", ...life, keys: ca.keys });
    expect(renewed.certificatePem).not.toBe(pem);
    await guardTrust(cluster, [of("r1=active", renewed.certificatePem)], now);
  });

  it("refuses a bundle that would leave clients without trust", async () => {
    const cluster = new FakeCluster();
    const refused = (text: string, reason: string, at = now) =>
      expect(guardTrust(cluster, [bundle("r1=active", text)], at)).rejects.toMatchObject({
        code: "EDGE_TRUST_BUNDLE",
        message: expect.stringContaining(reason),
      });
    await refused("", "it holds no certificate");
    await refused(`${pem}${pem}`, "certificate 2 is in it twice");
    await refused(pem, "every certificate in it has ended", now + 2 * year);
    await guardTrust(cluster, [bundle("r1=active", "04da6b54-80e4-46f7-96ec-b56ff0331ba9")], now);
  });

  it("tells of each installation what speaks against it", async () => {
    const cluster = new FakeCluster();
    const inNamespace = (namespace: string, roots: string, text = pem) => {
      const object = bundle(roots, text);
      return { ...object, metadata: { ...object.metadata, namespace } };
    };
    for (const namespace of ["edge-a", "edge-b", "edge-c"]) cluster.put(inNamespace(namespace, "r1=active"));
    const declared = [
      inNamespace("edge-a", "r1=retired,r2=active"),
      inNamespace("edge-b", "r1=active,r2=next"),
      inNamespace("edge-c", "r2=active", ""),
    ];
    const refusals = await trustRefusals(cluster, declared, now);
    expect(refusals.map(({ code }) => code)).toEqual(["EDGE_TRUST_STEP_SKIPPED", "EDGE_TRUST_BUNDLE"]);
  });
});

describe("guardRollback", () => {
  it("refuses to trust a revoked root again, and lets every other way back through", async () => {
    const cluster = new FakeCluster();
    await guardRollback(cluster, [bundle("r1=active")]);
    cluster.put(bundle("r1=retired,r2=active"));
    await guardRollback(cluster, [bundle("r1=active,r2=next")]);
    await guardRollback(cluster, [bundle("r1=active")]);
    cluster.put(bundle("r1=revoked,r2=active"));
    await guardRollback(cluster, [bundle("r2=active")]);
    for (const before of ["r1=active", "r1=retired,r2=active", "r1=next,r2=active"])
      await expect(guardRollback(cluster, [bundle(before)])).rejects.toMatchObject({
        code: "EDGE_TRUST_STEP_SKIPPED",
        message: expect.stringContaining("root r1 is revoked and may not become"),
        remedy: expect.stringContaining("Leave r1 out of trust.roots"),
      });
  });
});
