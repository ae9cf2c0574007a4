import { describe, expect, it } from "vitest";
import { items, kubectl, kubectlOk } from "./cluster.ts";

const namespaces = ["edge-a", "edge-b"];
const jwt = /eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\./;
const privateKey = /PRIVATE KEY/;

describe("no secret leaves its place", () => {
  it.each(namespaces)("01 no log in %s holds a token or a private key", async (namespace) => {
    const pods = await items("pods", ["-n", namespace]);
    expect(pods.length).toBeGreaterThanOrEqual(5);
    for (const pod of pods) {
      const logs = (await kubectl(["logs", pod.metadata.name, "-n", namespace, "--all-containers", "--tail=-1"]))
        .stdout;
      expect(jwt.test(logs), `token in the log of ${pod.metadata.name}`).toBe(false);
      expect(privateKey.test(logs), `key in the log of ${pod.metadata.name}`).toBe(false);
    }
  });

  it.each(namespaces)("02 no ConfigMap and no Event in %s holds a token or a private key", async (namespace) => {
    const text = await kubectlOk(["get", "configmaps,events", "-n", namespace, "-o", "json"]);
    expect(jwt.test(text)).toBe(false);
    expect(privateKey.test(text)).toBe(false);
  });

  it("03 the root CA's key is nowhere in the cluster", async () => {
    const secrets = await items("secrets", ["-A", "-l", "app.kubernetes.io/part-of=iotedge"]);
    expect(secrets.map(({ metadata }) => metadata.name).sort()).toEqual([
      "iotedged-identity",
      "iotedged-identity",
      "iotedged-workload-ca",
      "iotedged-workload-ca",
    ]);
  });
});
