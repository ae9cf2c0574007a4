import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createSender } from "../../infra/apply/api-request.ts";
import { connect } from "../../infra/apply/index.ts";
import { type ControlPlane, startControlPlane } from "../../infra/local-cluster/index.ts";
import { observeTrust } from "../../infra/trust/observe.ts";
import { formatRoots } from "../../infra/trust/roots.ts";
import { edgectl } from "../support/edgectl.ts";
import { killAt } from "../support/edgectl-process.ts";
import { makeRolloutProject, type RolloutTarget } from "../support/rollout-project.ts";

const minutes = 60_000;
const namespace = "edge-fleet";
const strategy = (maxFailures = 0) => ({
  maxConcurrency: 2,
  waves: [
    { name: "canary", canary: true, matchLabels: { ring: "canary" } },
    { name: "rest", maxFailures },
  ],
});

let directory: string;
let planes: readonly ControlPlane[];
let targets: readonly RolloutTarget[];
let project: Awaited<ReturnType<typeof makeRolloutProject>>;

const run = (...words: readonly string[]) => edgectl(words, { cwd: project.directory });
const rotate = (...more: readonly string[]) => ["trust", "rotate", "--fleet", ...more];

/** What each cluster has. */
async function deployed(...names: readonly string[]): Promise<readonly string[]> {
  const wanted = targets.filter(({ name }) => names.length === 0 || names.includes(name));
  return Promise.all(
    wanted.map(async (target) => {
      const { deployed: trust } = await observeTrust(await connect(target), namespace);
      return `${target.name} ${formatRoots(trust?.roots ?? [])}`;
    }),
  );
}

/** A pod of iotedged that says that it runs, and never which bundle it has; and its end. */
async function silentReplica(target: RolloutTarget) {
  const cluster = await connect(target);
  const send = createSender(cluster.config);
  const labels = { "app.kubernetes.io/part-of": "iotedge", "app.kubernetes.io/name": "iotedged" };
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const container = {
    name: "iotedged",
    image: "registry.invalid/x:1",
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
  const spec = { serviceAccountName: "iotedged", securityContext, containers: [container] };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "silent", labels }, spec };
  const status = { status: { phase: "Running" } };
  const contentType = "application/merge-patch+json";
  const answers = [
    await send({ method: "POST", path, body: pod }),
    await send({ method: "PATCH", path: `${path}/silent/status`, body: status, contentType }),
  ];
  expect(answers.map((answer) => answer.status)).toEqual([201, 200]);
  return () => send({ method: "DELETE", path: `${path}/silent`, body: { gracePeriodSeconds: 0 } });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-fleet-planes-"));
  const names = ["alpha", "beta"];
  planes = await Promise.all(names.map((name) => startControlPlane({ directory: join(directory, name) })));
  // A control plane that is stopped takes its own with it.
  const kubeconfigs = names.map((name) => join(directory, `${name}.kubeconfig`));
  for (const [index, file] of kubeconfigs.entries()) await copyFile(planes[index]?.kubeconfig ?? "", file);
  const shared = new KubeConfig();
  shared.loadFromFile(inject("kubeconfig"));
  targets = [
    ...kubeconfigs.map((kubeconfig, index) => ({
      name: names[index] ?? "",
      context: "edge-control-plane",
      kubeconfig,
    })),
    { name: "gamma", context: shared.getCurrentContext(), kubeconfig: inject("kubeconfig") },
  ];
  project = await makeRolloutProject(targets, strategy());
  await project.release("1", { namespace });
  await Promise.all(
    targets.map(async ({ name, context, kubeconfig }) => {
      const where = ["--stack", name, "--context", context, "--kubeconfig", kubeconfig, "--engine", "render"];
      // Without a node nothing gets ready.
      const { stderr } = await run("up", ...where, "--timeout", "1");
      expect(stderr).toContain(`Deploy stack ${name} to ${context}: done`);
    }),
  );
}, 3 * minutes);

afterAll(async () => {
  await Promise.all(planes?.map((plane) => plane.stop()) ?? []);
  const gamma = targets?.at(-1);
  if (gamma !== undefined) {
    const send = createSender((await connect(gamma)).config);
    await send({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
  }
  await project?.remove();
  await rm(directory, { recursive: true, force: true });
}, minutes);

describe("edgectl trust rotate --fleet", { timeout: 5 * minutes }, () => {
  it("wants to be told where it leads to, so that it can be repeated", async () => {
    const { code, stderr } = await run(...rotate());
    expect(code).toBe(2);
    expect(stderr).toContain("--fleet needs --to");
    const unknown = await run(...rotate("--to", "r2", "--wave", "europe"));
    expect(unknown.stderr).toContain("EDGE_TRUST_FLEET");
  });

  it("takes the canary first, goes on where it was killed, and ends with the new root everywhere", async () => {
    const again = rotate("--to", "r2");
    await killAt(again, /alpha: edge-fleet: issue from r2/, project.directory);
    expect(await deployed()).toEqual(["alpha r1=active,r2=next", "beta r1=active", "gamma r1=active"]);
    await killAt(again, /gamma: edge-fleet: take r1 out/, project.directory);
    expect(await deployed("alpha", "gamma")).toEqual(["alpha r2=active", "gamma r1=retired,r2=active"]);

    const { code, stdout, stderr } = await run(...again);
    expect(code, stderr + stdout).toBe(0);
    expect(await deployed()).toEqual(["alpha r2=active", "beta r2=active", "gamma r2=active"]);
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    const reached = "r2 in edge-fleet";
    expect(rows).toEqual([
      ["CLUSTER", "WAVE", "RESULT", "IN USE"],
      ["alpha", "canary", "done", reached],
      ["beta", "rest", "done", reached],
      ["gamma", "rest", "done", reached],
    ]);
    expect(stderr).not.toContain("Deploy stack alpha");
  });

  it("stops at a canary that waits, names what it waits for, and touches no other cluster", async () => {
    const [alpha] = targets as [RolloutTarget];
    const remove = await silentReplica(alpha);
    const { code, stdout } = await run(...rotate("--to", "r3", "--timeout", "3"));
    expect(code, stdout).toBe(3);
    expect(stdout).toMatch(/^alpha +canary +failed$/m);
    expect(stdout).toMatch(/^beta +rest +not begun$/m);
    expect(stdout).toContain("alpha: error EDGE_TRUST_BLOCKED");
    expect(stdout).toContain("edge-fleet/silent: iotedged has not loaded bundle");
    expect(await deployed()).toEqual(["alpha r2=active,r3=next", "beta r2=active", "gamma r2=active"]);

    const status = await run("trust", "status", "--fleet", "--fail-before", "9999d");
    expect(status.code, status.stderr).toBe(3);
    expect(status.stdout).toContain("Ends soon in gamma: edge-fleet: root r2 at 20");
    expect(status.stdout).toMatch(/^alpha +edge-fleet +r2 active, r3 next +w1 +promoting +0 of 0 +20\d\d-/m);
    expect(status.stdout).toMatch(/^gamma +edge-fleet +r2 active +w1 +settled +0 of 0 +20\d\d-/m);
    expect(status.stdout).toContain("Blocks the next step in alpha:");

    await remove();
    expect((await run(...rotate("--to", "r3", "--wave", "canary"))).code).toBe(0);
    expect(await deployed()).toEqual(["alpha r3=active", "beta r2=active", "gamma r2=active"]);
    const older = await run(...rotate("--to", "r2", "--cluster", "alpha"));
    expect(older.code).toBe(3);
    expect(older.stdout).toContain("root r2 is older than r3");
  });

  it("goes on without a cluster that does not answer only as far as the wave allows, and says so", async () => {
    await planes[1]?.stop();
    await project.writeFleet(strategy(1));
    const { code, stdout } = await run(...rotate("--to", "r3"));
    expect(code, stdout).toBe(4);
    expect(stdout).toMatch(/^beta +rest +failed$/m);
    expect(await deployed("alpha", "gamma")).toEqual(["alpha r3=active", "gamma r3=active"]);

    const status = await run("trust", "status", "--fleet", "--fail-before", "30d", "--json");
    expect(status.code, status.stderr).toBe(1);
    const { clusters } = JSON.parse(status.stdout);
    expect(clusters.map(({ problem }: { problem?: string }) => problem === undefined)).toEqual([true, false, true]);
  });
});
