import { beforeAll, describe, expect, it } from "vitest";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { createTestCa } from "../../test/fakes/test-ca.ts";
import type { ObjectToApply } from "../kubernetes/index.ts";
import { readBundle } from "../trust-model/index.ts";
import { applyStack } from "./apply-stack.ts";
import { applySetKeys } from "./applyset.ts";
import { claimRoots } from "./claim-roots.ts";

const now = Date.parse("2026-06-01T00:00:00Z");
const year = 365 * 86_400_000;
const stack = "plant";
const refused = { code: "EDGE_APPLY_FIRST_ELSEWHERE", message: expect.stringContaining("other keys for edge-a") };
/** What each of two clones would deploy. */
let mine: ObjectToApply;
let theirs: ObjectToApply;

async function bundle(namespace = "edge-a"): Promise<ObjectToApply> {
  const { certificatePem } = await createTestCa({ name: "root", notBefore: now - year, notAfter: now + year });
  const print = readBundle(certificatePem, now).cas[0]?.fingerprint ?? "";
  const annotations = { "iotedge.dev/trust-roots": "r1=active", "iotedge.dev/trust-root-fingerprints": `r1=${print}` };
  const metadata = { name: "iotedged-proxy-trust-bundle", namespace, annotations };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "trust_bundle.pem": certificatePem } };
}

beforeAll(async () => {
  [mine, theirs] = [await bundle(), await bundle()];
});

const claim = (cluster: FakeCluster, ...objects: ObjectToApply[]) => claimRoots(cluster, { stack, objects }, now);
const recordOf = (cluster: FakeCluster) =>
  cluster.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "iotedge-plant" });
const claimIn = async (cluster: FakeCluster) =>
  (await recordOf(cluster))?.metadata.annotations?.[applySetKeys.firstRoots];

describe("claimRoots", () => {
  it("lets one of two pass that look at the same moment, and refuses the other", async () => {
    const cluster = new FakeCluster();
    const outcomes = await Promise.allSettled([claim(cluster, mine), claim(cluster, theirs)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: refused });
  });

  it("lets the same keys pass again, as after an interruption, with installations that came meanwhile", async () => {
    const cluster = new FakeCluster();
    const another = await bundle("edge-b");
    await claim(cluster, mine);
    await claim(cluster, mine, another);
    await expect(claim(cluster, theirs)).rejects.toMatchObject(refused);
    expect(Object.keys(JSON.parse((await claimIn(cluster)) ?? "{}"))).toEqual(["edge-a", "edge-b"]);
  });

  it("holds until the deployment is complete, and no longer", async () => {
    const cluster = new FakeCluster();
    await claim(cluster, mine);
    const apply = cluster.apply.bind(cluster);
    const seen: (string | undefined)[] = [];
    cluster.apply = async (object) => {
      const live = await apply(object);
      seen.push(await claimIn(cluster));
      return live;
    };
    await applyStack(cluster, { stack, objects: [mine] });
    expect(seen.map((text) => text !== undefined)).toEqual([true, true, false]);
    await expect(claim(cluster, theirs)).rejects.toMatchObject({ code: "EDGE_TRUST_OTHER_KEY" });
    await claim(cluster, mine);
    expect(await claimIn(cluster)).toBeUndefined();
  });

  it("refuses who has looked before the other deployment ended, and claims after it", async () => {
    const cluster = new FakeCluster();
    const create = cluster.create.bind(cluster);
    cluster.create = async (object) => {
      cluster.create = create;
      await claim(cluster, theirs);
      await applyStack(cluster, { stack, objects: [theirs] });
      return create(object);
    };
    await expect(claim(cluster, mine)).rejects.toMatchObject({ code: "EDGE_TRUST_OTHER_KEY" });
  });

  it.each(["{", "[]", '{"edge-a":"r1"}'])("takes a record that says %s for no record of its own", async (text) => {
    const cluster = new FakeCluster();
    await claim(cluster, mine);
    const live = (await recordOf(cluster)) ?? expect.fail("there is a record");
    const annotations = { ...live.metadata.annotations, [applySetKeys.firstRoots]: text };
    cluster.put({ ...live, metadata: { ...live.metadata, annotations } } as ObjectToApply);
    await expect(claim(cluster, mine)).rejects.toMatchObject({ code: "EDGE_APPLY_FOREIGN_PARENT" });
  });

  it("writes nothing where the cluster has all roots", async () => {
    const cluster = new FakeCluster();
    cluster.put(mine);
    await claim(cluster, mine);
    expect(cluster.log).toEqual([]);
  });
});
