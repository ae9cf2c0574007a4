import { beforeAll, describe, expect, it } from "vitest";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { createTestCa } from "../../test/fakes/test-ca.ts";
import { guardTrust } from "./deploy-guard.ts";

const now = Date.parse("2026-06-01T00:00:00Z");
const year = 365 * 86_400_000;
let pem: string;

beforeAll(async () => {
  pem = (await createTestCa({ name: "root", notBefore: now - year, notAfter: now + year })).certificatePem;
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
});
