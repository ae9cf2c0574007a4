import { KubeConfig } from "@kubernetes/client-node";
import { expect, inject, it } from "vitest";
import type { CheckReport } from "../../infra/check/report/report.ts";
import { edgectl } from "../support/edgectl.ts";

const namespace = "edge-a";
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(inject("kubeconfig"));
const cluster = ["--context", kubeConfig.getCurrentContext(), "--kubeconfig", inject("kubeconfig")];

async function report(args: readonly string[]): Promise<CheckReport> {
  const { code, stdout, stderr } = await edgectl(["check", ...args, "--json", ...cluster]);
  const found: CheckReport = JSON.parse(stdout);
  const bad = found.checks.filter(({ severity }) => severity === "error" || severity === "unknown");
  expect(bad, stderr).toEqual([]);
  expect(code).toBe(0);
  return found;
}

const idsOf = ({ checks }: CheckReport) => checks.map(({ id }) => id);

it("says nothing wrong of what runs, nor of deploying it again", async () => {
  expect(idsOf(await report(["-n", namespace]))).toEqual(
    expect.arrayContaining(["token-review", "identity", "leader"]),
  );
  expect(idsOf(await report(["--pre", "--stack", "local"]))).toEqual(
    expect.arrayContaining(["permissions", "sidecars"]),
  );
});

it("proves a module's chain by a call through its own proxy", async () => {
  const { checks } = await report(["module", "sensor", "-n", namespace]);
  expect(checks.map(({ id }) => id)).toEqual([
    ...["link-pod", "link-identity", "link-audience", "link-token", "link-trust-bundle", "link-connection"],
    ...["link-authentication", "link-answer"],
  ]);
  expect(checks.at(-1)).toMatchObject({ message: "iotedged has signed for it", milliseconds: expect.any(Number) });
});

it("shows it to people, in ASCII where the terminal has no more", async () => {
  const args = ["check", "module", "sensor", "-n", namespace, ...cluster];
  const { code, stdout } = await edgectl(args, { env: { TERM: "dumb" } });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\[ok\] link-answer: iotedged has signed for it \(\d+ ms\)$/m);
});
