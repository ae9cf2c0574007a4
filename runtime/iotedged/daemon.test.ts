import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tokenAudience } from "#contract";
import { type RunningIotedged, startIotedged } from "../../test/support/iotedged-process.ts";

const installation = { name: "a", namespace: "edge-a" };
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An API server that refuses every connection. */
function nowhere(): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: "c", server: "https://127.0.0.1:1", skipTLSVerify: true }, { name: "u" });
  return kubeConfig;
}

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
    ]);
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
    for (const kind of ["workload-ca", "serving"]) {
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
