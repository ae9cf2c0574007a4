import { X509Certificate } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { layoutOf } from "../layout.ts";
import { familyPlans } from "../network-plan.ts";
import { ensurePki, readProbeTls } from "./cluster-pki.ts";

const layout = layoutOf(temporaryDirectory());
const plan = { context: "edge-local", server: "https://10.245.0.1:6443", node: true };
const groupOf = (certificate: string) => /^O=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1];

function groupOfUser(kubeconfig: string): string | undefined {
  const data = JSON.parse(readFileSync(kubeconfig, "utf8")).users[0].user["client-certificate-data"];
  return groupOf(Buffer.from(data, "base64").toString());
}

beforeAll(() => ensurePki(layout, plan));

describe("ensurePki", () => {
  it("lets nobody else read what it wrote", () => {
    const files = globSync("{kubeconfig,pki/*,config/*}", { cwd: layout.directory });
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) expect(statSync(join(layout.directory, file)).mode & 0o777, file).toBe(0o600);
  });

  it("keeps what is there", async () => {
    const before = readFileSync(layout.kubeconfig, "utf8");
    await ensurePki(layout, plan);
    expect(readFileSync(layout.kubeconfig, "utf8")).toBe(before);
  });

  it("gives full rights to the administrator and to the readiness probe only", () => {
    expect(groupOfUser(layout.kubeconfig)).toBe("system:masters");
    expect(groupOf(readProbeTls(layout).cert)).toBe("system:masters");
    const others = ["kube-controller-manager", "kube-scheduler", "kube-proxy", "coredns", "kubelet"];
    expect(others.map((user) => groupOfUser(layout.userKubeconfig(user)))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      "system:nodes",
    ]);
  });

  it("names the addresses of both families, so that one authority serves every cluster", () => {
    const certificate = (file: string) => new X509Certificate(readFileSync(layout.pki(file)));
    for (const { nodeAddress, apiServiceAddress } of familyPlans) {
      expect(certificate("kube-apiserver.crt").checkIP(nodeAddress)).toBe(nodeAddress);
      expect(certificate("kube-apiserver.crt").checkIP(apiServiceAddress)).toBe(apiServiceAddress);
      expect(certificate("kubelet.crt").checkIP(nodeAddress)).toBe(nodeAddress);
    }
  });
});
