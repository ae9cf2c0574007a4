import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tokenAudience } from "#contract";
import { createTestCa } from "../../test/fakes/test-ca.ts";
import { type RunningIotedged, startIotedged } from "../../test/support/iotedged-process.ts";
import { waitFor } from "../../test/support/wait-for.ts";

const installation = { name: "a", namespace: "edge-a" };
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An API server that refuses every connection. */
function nowhere(): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: "c", server: "https://127.0.0.1:1", skipTLSVerify: true }, { name: "u" });
  return kubeConfig;
}

const hour = 3_600_000;
const caOf = (name: string, from: number, to: number) =>
  createTestCa({ name, notBefore: Date.now() + from * hour, notAfter: Date.now() + to * hour });

let iotedged: RunningIotedged;

beforeEach(async () => {
  iotedged = await startIotedged({ kubeConfig: nowhere(), ...installation });
});

afterEach(() => iotedged.stop());

describe("iotedged without an API server", () => {
  it("runs, is not ready and says why", async () => {
    const { ok, conditions } = await iotedged.ready();
    expect(ok).toBe(false);
    expect(conditions.map(({ name, ok: holds }) => [name, holds])).toEqual([
      ["listener", true],
      ["certificate", true],
      ["permissions", false],
      ["watches", false],
      ["ciphertexts", false],
    ]);
  });

  it("ends when it was moved to another namespace after it was rendered", async () => {
    const moved = startIotedged({
      kubeConfig: nowhere(),
      ...installation,
      account: "system:serviceaccount:x:iotedged",
    });
    await expect(moved).rejects.toMatchObject({ code: "EDGE_IOTEDGED_OTHER_ACCOUNT" });
  });

  it("lets nobody in, and asks clients to try again", async () => {
    const claims = { aud: [tokenAudience(installation)], exp: Date.now() / 1000 + 3600 };
    const token = `${encode({})}.${encode(claims)}.c2ln`;
    expect((await iotedged.call("workload", token, "/trust-bundle")).status).toBe(503);
    expect((await iotedged.call("workload", "x.y.z", "/trust-bundle")).status).toBe(401);
    expect((await iotedged.call("management", undefined, "/systeminfo")).status).toBe(401);
    const log = iotedged.log.join("");
    expect(log).toContain("EDGE_KUBERNETES_UNREACHABLE");
    expect(log).not.toContain(token);
  });

  it("tells when its certificates end", async () => {
    const metrics = await iotedged.metrics();
    for (const kind of ["workload-ca", "serving", "trust-bundle", "trust-bundle-last"]) {
      const value = new RegExp(`iotedge_cert_not_after_seconds\\{kind="${kind}"\\} (\\d+)`).exec(metrics)?.[1];
      expect(Number(value)).toBeGreaterThan(Date.now() / 1000);
    }
    expect(metrics).toMatch(/iotedge_bundle_info\{hash="[0-9a-f]{16}"\} 1/);
  });
});

it("does not start with files that it cannot use", async () => {
  const start = startIotedged({ kubeConfig: nowhere(), ...installation, settings: { deviceId: "" } });
  await expect(start).rejects.toMatchObject({ code: "EDGE_RUNTIME_SETTINGS_INVALID" });
});

describe("iotedged whose workload CA is over", () => {
  it("runs, says so, lets nobody in, and is well as soon as the CA is renewed", async () => {
    const [over, next] = [await caOf("over", -2, -1), await caOf("next", -1, 1)];
    const late = await startIotedged({
      kubeConfig: nowhere(),
      ...installation,
      ca: over,
      trustBundle: over.certificatePem + next.certificatePem,
    });
    const certificate = async () => (await late.ready()).conditions.find(({ name }) => name === "certificate");
    try {
      expect(await certificate()).toEqual({
        name: "certificate",
        ok: false,
        reason: `the workload CA ended at ${over.certificate.notAfter.toISOString()}`,
      });
      await expect(late.call("workload", undefined, "/trust-bundle")).rejects.toThrow();
      expect(late.log.join("")).toContain("EDGE_IOTEDGED_CA_EXPIRED");
      await late.setCa(next);
      await waitFor("the new certificate", async () => ((await certificate())?.ok ? true : undefined), 30);
    } finally {
      await late.stop();
    }
  }, 60_000);
});

describe("iotedged whose trust bundle is over", () => {
  it("runs, says so, and is well as soon as there is a new one", async () => {
    const [over, next] = [await caOf("over", -2, -1), await caOf("next", -1, 1)];
    const late = await startIotedged({ kubeConfig: nowhere(), ...installation, trustBundle: over.certificatePem });
    const certificate = async () => (await late.ready()).conditions.find(({ name }) => name === "certificate");
    try {
      expect(await certificate()).toEqual({
        name: "certificate",
        ok: false,
        reason: `the last CA of the trust bundle ended at ${over.certificate.notAfter.toISOString()}`,
      });
      await late.setTrustBundle(next.certificatePem);
      await waitFor("the new bundle", async () => ((await certificate())?.ok ? true : undefined), 30);
    } finally {
      await late.stop();
    }
  }, 60_000);
});

describe("a trust bundle that changes", () => {
  it("is taken when it is good; else the last good one stays, and the metrics tell", async () => {
    const next = await caOf("next", -1, 2);
    const reloads = async (result: string) =>
      new RegExp(`iotedge_reload_total\\{kind="trust-bundle",result="${result}"\\} (\\d+)`).exec(
        await iotedged.metrics(),
      )?.[1];
    const bundleHash = async () => /iotedge_bundle_info\{hash="([0-9a-f]+)"/.exec(await iotedged.metrics())?.[1];
    const first = await bundleHash();
    await iotedged.setTrustBundle(next.certificatePem + next.keyPem);
    await waitFor("the refusal", async () => (await reloads("error")) && true, 30);
    expect(await bundleHash()).toBe(first);
    await iotedged.setTrustBundle(next.certificatePem);
    await waitFor("the new bundle", async () => (await reloads("success")) && true, 30);
    await waitFor("its hash", async () => ((await bundleHash()) === first ? undefined : true), 30);
    expect(iotedged.log.join("")).not.toContain(next.keyPem.slice(40, 80));
  }, 90_000);
});
