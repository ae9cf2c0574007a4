import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { connect } from "../../infra/kubernetes/cluster.ts";
import { nextRootStep, nextWorkloadCaStep } from "../../infra/trust/next-step.ts";
import { observeTrust } from "../../infra/trust/observe.ts";
import { runRotation } from "../../infra/trust/rotation.ts";
import { trustStatus } from "../../infra/trust/trust-status.ts";
import { formatRoots } from "../../infra/trust-model/roots.ts";
import { systemTimer } from "../../runtime/base/clock.ts";
import { canRunProxy } from "../../runtime/proxy/test/proxy.ts";
import { edgectl } from "../support/edgectl.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { createProject, type TestProject } from "./trust/project.ts";
import { type Site, type SiteModule, startSite } from "./trust/site.ts";

const minutes = 60_000;
const sign = { keyId: "primary", algo: "HMACSHA256", data: "aGVsbG8=" };

let namespace: TestNamespace;
let project: TestProject;
let site: Site;
let traffic: { readonly served: () => number; readonly failed: string[]; stop(): Promise<void> };
/** Actions at which the next run is cut off, once each. */
let cuts: Set<string>;

/** Every module signs all the time, and asks for a certificate and for the bundle now and then, as modules do. */
function startTraffic(modules: readonly SiteModule[]) {
  let running = true;
  let served = 0;
  const failed: string[] = [];
  const loops = modules.map(async (module) => {
    for (let count = 0; running; count++) {
      const expiration = new Date(Date.now() + 3_600_000).toISOString();
      const calls: [string, object?][] = [["/{}/sign", sign]];
      if (count % 100 === 0)
        calls.push(["/trust-bundle"], ["/{}/certificate/server", { commonName: module.name, expiration }]);
      for (const [path, body] of calls) {
        const status = await module.call(path, body);
        if (status === 200 || status === 201) served++;
        else failed.push(`${module.name} ${path} ${status} at ${new Date().toISOString()}`);
      }
      await sleep(25);
    }
  });
  return {
    served: () => served,
    failed,
    stop: async () => {
      running = false;
      await Promise.all(loops);
    },
  };
}

function rotate(goal: string, options: { readonly workloadCa?: boolean } = {}) {
  const next = options.workloadCa ? nextWorkloadCaStep : nextRootStep;
  return runRotation(project.world, {
    stack: project.stack,
    command: "edgectl trust rotate",
    namespaces: [namespace.name],
    nextStep: (declared, observed, now) => next(declared, observed, goal, now),
    timeout: 90,
    timer: systemTimer,
  });
}

const cluster = () => {
  const config = new KubeConfig();
  config.loadFromFile(inject("kubeconfig"));
  return connect({ context: config.getCurrentContext(), kubeconfig: inject("kubeconfig") });
};
/** `edgectl trust` as a user runs it. */
const trust = async (command: string, ...more: readonly string[]) => {
  const { context } = await cluster();
  return edgectl(["trust", command, "--context", context, "--kubeconfig", inject("kubeconfig"), ...more]);
};
const status = async () => trustStatus(await observeTrust(await cluster(), namespace.name), Date.now());
const deployed = async () => formatRoots((await observeTrust(await cluster(), namespace.name)).deployed?.roots ?? []);

describe.skipIf(!(await canRunProxy()))(
  "a rotation on a real API server with real proxies",
  { timeout: 5 * minutes },
  () => {
    beforeAll(async () => {
      namespace = await createTestNamespace(inject("kubeconfig"), "edge-trust");
      cuts = new Set();
      project = await createProject(await cluster(), namespace.name, (action) => {
        if (cuts.delete(action)) throw new Error(`cut off before ${action}`);
      });
      await project.deploy();
      site = await startSite(namespace, 3);
      traffic = startTraffic(site.modules);
    }, 3 * minutes);

    afterAll(async () => {
      await traffic?.stop();
      await site?.stop();
      await project?.remove();
      await namespace?.remove();
    }, minutes);

    it("goes on where it was cut off, at every step, and ends with the new root alone", async () => {
      for (const action of ["edit", "edited", "render", "apply", "applied"]) {
        cuts.add(action);
        await expect(rotate("r2")).rejects.toThrow(`cut off before ${action}`);
      }
      await rotate("r2");
      expect(await deployed()).toBe("r2=active");
      expect(await project.text()).toContain("# the only one");
      expect(await status()).toMatchObject({ phase: "settled", blockers: [], pods: { total: 3, current: 3 } });
    });

    it("replaces the workload CA as well", async () => {
      await rotate("w2", { workloadCa: true });
      expect(await status()).toMatchObject({ workloadCa: "w2", blockers: [] });
    });

    it("tells pipelines when a CA ends", async () => {
      const { installations } = JSON.parse((await trust("status", "--json", "--fail-before", "30d")).stdout);
      const own = installations.find((one: { namespace: string }) => one.namespace === namespace.name);
      const kinds = own.certificates.map(({ kind }: { kind: string }) => kind);
      expect(kinds).toEqual(["root", "workload-ca", "serving", "module-server"]);
      expect((await trust("status", "--fail-before", "9999d")).code).toBe(3);
      expect((await trust("status")).code).toBe(0);
    });

    it("has not made one request fail", async () => {
      await waitFor("500 answers", async () => traffic.served() > 500 || traffic.failed.length > 0 || undefined, 300);
      expect(traffic.failed).toEqual([]);
    });
  },
);
