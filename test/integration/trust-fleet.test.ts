import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createSender } from "../../infra/kubernetes/api-request.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";
import { leaseOf } from "../../infra/rollout/lock/kubernetes-lease.ts";
import { observeTrust } from "../../infra/trust/observe.ts";
import { formatRoots } from "../../infra/trust-model/roots.ts";
import { edgectl } from "../support/edgectl.ts";
import { killAt, startEdgectl } from "../support/edgectl-process.ts";
import { patchIn } from "../support/merge-patch.ts";
import { linkTo, startRolloutPlanes } from "../support/rollout-planes.ts";
import { startRollout } from "../support/rollout-process.ts";
import { makeRolloutProject, type RolloutTarget } from "../support/rollout-project.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";

const minutes = 60_000;
const namespace = "edge-fleet";
const strategy = (maxFailures = 0) => ({
  maxConcurrency: 2,
  waves: [
    { name: "canary", canary: true, matchLabels: { ring: "canary" } },
    { name: "rest", maxFailures },
  ],
});

let planes: Awaited<ReturnType<typeof startRolloutPlanes>>;
/** Between edgectl and beta. */
let link: TcpProxy;
let targets: readonly RolloutTarget[];
let project: Awaited<ReturnType<typeof makeRolloutProject>>;
/** Takes the pod away that keeps alpha from going on. */
let removeSilent: () => Promise<unknown>;

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
  const send = createSender((await connect(target)).config);
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
  expect((await send({ method: "POST", path, body: pod })).status).toBe(201);
  await patchIn(target, `${path}/silent/status`, status);
  return () => send({ method: "DELETE", path: `${path}/silent`, body: { gracePeriodSeconds: 0 } });
}

/**
 * Changes the Lease as its holder does every 15 s, so that who watches it need not wait for that. The next change of the
 * holder has to get over it.
 */
async function renew(target: RolloutTarget): Promise<void> {
  const { namespace: where, name } = leaseOf(target.name);
  const path = `/apis/coordination.k8s.io/v1/namespaces/${where}/leases/${name}`;
  await patchIn(target, path, { metadata: { annotations: { changed: "true" } } });
}

beforeAll(async () => {
  planes = await startRolloutPlanes(["alpha", "beta"]);
  const [alpha, beta] = planes.targets as [RolloutTarget, RolloutTarget];
  const linked = await linkTo(beta, planes.directory);
  link = linked.link;
  const shared = new KubeConfig();
  shared.loadFromFile(inject("kubeconfig"));
  const gamma = { name: "gamma", context: shared.getCurrentContext(), kubeconfig: inject("kubeconfig") };
  targets = [alpha, linked.target, gamma];
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
  await link?.close();
  await planes?.stop();
  const gamma = targets?.at(-1);
  if (gamma !== undefined) {
    const send = createSender((await connect(gamma)).config);
    await send({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
  }
  await project?.remove();
}, minutes);

/** Rows of the table, less its headings. */
function rowsOf(stdout: string): readonly (readonly string[])[] {
  const [table = ""] = stdout.split("\n\n");
  const rows = table.trim().split("\n");
  return rows.slice(1).map((row) => row.split(/ {2,}/));
}

describe("edgectl trust over a fleet", { timeout: 5 * minutes }, () => {
  it("wants to be told where it leads to, so that it can be repeated", async () => {
    const { code, stderr } = await run(...rotate());
    expect(code).toBe(2);
    expect(stderr).toContain("--fleet needs --to");
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
    expect(stderr).not.toContain("locked by");
    const reached = "r2 in edge-fleet";
    expect(rowsOf(stdout)).toEqual([
      ["alpha", "canary", "done", reached],
      ["beta", "rest", "done", reached],
      ["gamma", "rest", "done", reached],
    ]);
    expect(stderr).not.toContain("Deploy stack alpha");
  });

  it("excludes rollouts while it goes on, until it has ended or is unlocked", async () => {
    const [alpha] = targets as [RolloutTarget];
    removeSilent = await silentReplica(alpha);
    const rotation = startEdgectl(rotate("--to", "r3"), project.directory);
    await rotation.saw(/alpha: edge-fleet: add r3/);
    const rollout = startRollout(project.directory, ["run", "--yes"]);
    await Promise.all(
      targets.map(async (target) => {
        await rollout.told(`${target.name}: locked by trust-`);
        await renew(target);
      }),
    );
    expect(await rollout.ended).toBe(3);
    const failures = JSON.stringify(rollout.events);
    expect(failures).toContain("EDGE_ROLLOUT_LOCKED");
    const [, id = ""] = /cluster alpha is locked by (trust-[0-9a-f-]+)@/.exec(failures) ?? [];
    expect(await deployed("beta", "gamma")).toEqual(["beta r2=active", "gamma r2=active"]);

    await rotation.kill();
    const unlocked = await run("rollout", "unlock", id);
    expect(unlocked.stdout, unlocked.stderr).toBe("alpha: unlocked\nbeta: unlocked\ngamma: unlocked\n");
  });

  it("stops at a canary that waits, names what it waits for, and touches no other cluster", async () => {
    const { code, stdout } = await run(...rotate("--to", "r3", "--timeout", "3"));
    expect(code, stdout).toBe(3);
    expect(stdout).toMatch(/^alpha +canary +failed$/m);
    expect(stdout).toMatch(/^beta +rest +not begun$/m);
    expect(stdout).toContain("alpha: error EDGE_TRUST_BLOCKED");
    expect(stdout).toContain("edge-fleet/silent: iotedged has not loaded bundle");

    const [status, told] = await Promise.all([
      run("trust", "status", "--fleet", "--fail-before", "9999d"),
      run("trust", "revoke-root", "r3", "--fleet"),
    ]);
    expect(status.code, status.stderr).toBe(3);
    expect(status.stdout).toContain("Ends soon in gamma: edge-fleet: root r2 at 20");
    expect(status.stdout).toMatch(/^alpha +edge-fleet +r2 active, r3 next +w1 +promoting +0 of 0 +20\d\d-/m);
    expect(status.stdout).toMatch(/^gamma +edge-fleet +r2 active +w1 +settled +0 of 0 +20\d\d-/m);
    expect(status.stdout).toContain("Blocks the next step in alpha:");
    expect(told.code, told.stderr).toBe(0);
    expect(told.stdout).toContain("alpha: edge-fleet: revoking r3\n");
    expect(told.stdout).toContain("beta: has no root r3\n");
    expect(await deployed()).toEqual(["alpha r2=active,r3=next", "beta r2=active", "gamma r2=active"]);
    await removeSilent();
  });

  it("takes a rotation back wherever it is under way, also after it was cut off", async () => {
    const abort = ["trust", "abort", "--fleet"];
    await killAt(abort, /alpha: edge-fleet: take r3 out of the bundle again/, project.directory);
    const { code, stdout, stderr } = await run(...abort);
    expect(code, stderr + stdout).toBe(0);
    expect(rowsOf(stdout).map(([name, , result, inUse]) => `${name} ${result} ${inUse}`)).toEqual([
      "alpha done r2 in edge-fleet",
      "beta done r2 in edge-fleet",
      "gamma done r2 in edge-fleet",
    ]);
    expect(await deployed()).toEqual(["alpha r2=active", "beta r2=active", "gamma r2=active"]);
    expect((await run(...rotate("--to", "r4", "--wave", "canary"))).code).toBe(0);
  });

  it("revokes a root in all clusters that answer, says which still trust it, and is repeated for those", async () => {
    link.set("refuse");
    const revoke = ["trust", "revoke-root", "r2", "--fleet"];
    const standings = (stdout: string) => rowsOf(stdout).map(([name, , standing]) => `${name} ${standing}`);
    const partly = await run(...revoke, "--yes");
    expect(partly.code, partly.stderr).toBe(4);
    expect(standings(partly.stdout)).toEqual(["alpha not there", "beta still trusted", "gamma gone"]);
    expect(partly.stdout).toContain("\nStill trust r2: beta. ");
    expect(partly.stdout).toContain("\nbeta: error EDGE_APPLY_UNREACHABLE");
    link.set("forward");
    const all = await run(...revoke, "--yes");
    expect(all.code, all.stderr).toBe(0);
    expect(standings(all.stdout)).toEqual(["alpha not there", "beta gone", "gamma gone"]);
    const revoked = "r2=revoked,r3=active";
    expect(await deployed()).toEqual(["alpha r4=active", `beta ${revoked}`, `gamma ${revoked}`]);
  });

  it("goes on without a cluster that does not answer only as far as the wave allows, and says so", async () => {
    link.set("refuse");
    await project.writeFleet(strategy(1));
    const { code, stdout } = await run(...rotate("--to", "r4"));
    expect(code, stdout).toBe(4);
    expect(stdout).toMatch(/^beta +rest +failed$/m);
    expect(await deployed("alpha", "gamma")).toEqual(["alpha r4=active", "gamma r4=active"]);

    const status = await run("trust", "status", "--fleet", "--fail-before", "30d", "--json");
    expect(status.code, status.stderr).toBe(1);
    const { clusters } = JSON.parse(status.stdout);
    expect(clusters.map(({ problem }: { problem?: string }) => problem === undefined)).toEqual([true, false, true]);
  });
});
