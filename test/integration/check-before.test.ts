import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import "../support/provided.ts";
import { allChecks } from "../../infra/check/all-checks.ts";
import type { CheckReport } from "../../infra/check/report/report.ts";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { edgectl } from "../support/edgectl.ts";
import { administratorOf } from "./check/installation.ts";
import { bad, expectNamed } from "./check-before/named.ts";
import { situations } from "./check-before/situations.ts";
import { type CheckOptions, startWorkstation, type Workstation } from "./check-before/workstation.ts";

const namespace = "edge-a";
let directory: string;
let controlPlane: Awaited<ReturnType<typeof startControlPlane>>;
let workstation: Workstation;
let where: readonly string[];

// What is planted here in the cluster as a whole would be in the way of tests of other files.
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-check-plane-"));
  controlPlane = await startControlPlane({ directory });
  const { kubeconfig } = controlPlane;
  const target = administratorOf(kubeconfig);
  workstation = await startWorkstation(target, namespace, { apiServerPorts: [443, target.port] });
  where = ["--stack", namespace, "--context", target.context, "--kubeconfig", target.kubeconfig];
}, 120_000);
afterEach(() => workstation.repair());
afterAll(async () => {
  await workstation?.stop();
  await controlPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});

const usual: CheckOptions = { env: { PATH: dirname(inject("kubectl")) } };

describe("edgectl check --pre", { timeout: 120_000 }, () => {
  it("says nothing wrong where all is well, and looks at everything", async () => {
    const report = await workstation.check(usual);
    expect(bad(report)).toEqual([]);
    expect(new Set(report.checks.map(({ id }) => id))).toEqual(new Set(allChecks.before.map(({ id }) => id)));
  });

  it.each(situations)("names cause and fix where $name", (situation) => expectNamed(workstation, usual, situation));

  it("takes a pull Secret that the stack makes itself for one that will be there", async () => {
    const registries = [{ server: "r.invalid", username: "robot", password: `\${EDGE_TEST_PASSWORD}` }];
    vi.stubEnv("EDGE_TEST_PASSWORD", "s3cret");
    await workstation.project.declare(workstation.installations(), { "iotedge:registries": registries });
    const report = await workstation.check(usual).finally(() => vi.unstubAllEnvs());
    expect(bad(report)).toEqual([]);
    expect(report.checks.find(({ id }) => id === "pull-secrets")?.message).toBe("1 pull Secrets");
  });

  it("--watch tells people of changes alone, machines of each look, and ends by Ctrl-C", async () => {
    const printed: string[] = [];
    const interrupt = new AbortController();
    const slept: number[] = [];
    const sleep = async (milliseconds: number, signal?: AbortSignal) => {
      slept.push(milliseconds);
      if (slept.length === 2)
        await workstation.patch(`/api/v1/nodes/${workstation.node}`, { spec: { unschedulable: true } });
      if (slept.length === 4) interrupt.abort();
      signal?.throwIfAborted();
    };
    const timer = { now: Date.now, sleep };
    const flags = { watch: true, interval: 7, json: false };
    const how = {
      ...usual,
      timer,
      flags,
      signal: interrupt.signal,
      printed: (text: string) => void printed.push(text),
    };
    await expect(workstation.check(how)).rejects.toMatchObject({ name: "AbortError" });
    expect(slept).toEqual([7000, 7000, 7000, 7000]);
    expect(printed.map((text) => text.includes("× nodes-ready"))).toEqual([false, true]);
    const reports: CheckReport[] = [];
    slept.length = 2;
    const again = new AbortController();
    const stopping = { now: Date.now, sleep: async () => void again.abort() };
    const json = {
      ...usual,
      timer: stopping,
      signal: again.signal,
      flags: { watch: true },
      seen: (one: CheckReport) => void reports.push(one),
    };
    await expect(workstation.check(json)).rejects.toMatchObject({ name: "AbortError" });
    expect(reports.map(({ ok }) => ok)).toEqual([false]);
  });
});

describe("edgectl up", { timeout: 120_000 }, () => {
  const up = (...more: readonly string[]) =>
    edgectl(["up", ...where, "--engine", "render", "--timeout", "1", ...more], { cwd: workstation.project.directory });

  it("stops before it writes anything where that is wrong, with cause and way out", async () => {
    await workstation.declare({ imagePullSecrets: ["regcred"] });
    const { code, stderr } = await up("--json");
    expect(code).toBe(1);
    const { error } = JSON.parse(stderr.slice(stderr.indexOf('{"error"')));
    expect(error.code).toBe("EDGE_CHECK_BEFORE_UP");
    expect(error.checks).toMatchObject([{ id: "pull-secrets", severity: "error" }]);
    expect(error.message).toContain("there is no Secret regcred");
    expect(error.remedy).toContain("--ignore-checks");
    expect(stderr).not.toContain("made new keys");
    await expect(workstation.configMaps()).resolves.not.toContain("iotedged-config");
  });

  it("goes on where it is told to, and shows what it has found", async () => {
    await workstation.declare({ imagePullSecrets: ["regcred"] });
    const { code, stderr } = await up("--ignore-checks");
    expect(code).toBe(1);
    expect(stderr).toMatch(/wrong: pull-secrets: there is no Secret regcred/);
    expect(stderr).toContain("EDGE_APPLY_NOT_READY");
    await expect(workstation.configMaps()).resolves.toContain("iotedged-config");
  });

  it("warns of what may pass, and goes on", async () => {
    await workstation.patch(`/api/v1/nodes/${workstation.node}`, { spec: { unschedulable: true } });
    const { stderr } = await up();
    expect(stderr).toMatch(/wrong: nodes-ready: no node is ready/);
    expect(stderr).toContain("EDGE_APPLY_NOT_READY");
    const down = await edgectl(["down", ...where, "--engine", "render"], { cwd: workstation.project.directory });
    expect(down.code, down.stderr).toBe(0);
  });
});
