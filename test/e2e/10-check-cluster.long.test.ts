import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { CheckReport } from "../../infra/check/report/report.ts";
import type { LiveObject } from "../../infra/kubernetes/kubernetes-types.ts";
import type { Situation } from "../support/broken-installation/index.ts";
import { edgectl } from "../support/edgectl.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Lane, startLane } from "./check/lane.ts";
import { addModules } from "./check/manifest.ts";
import { deletePods, scaleIotedged, writeForeignBundle } from "./check/planting.ts";
import { tell } from "./check/story.ts";
import { items, kubectlOk, moduleSelector } from "./cluster.ts";

const minute = 60_000;
let lane: Lane;
let cluster: readonly string[];

beforeAll(async () => {
  const config = new KubeConfig();
  config.loadFromFile(inject("kubeconfig"));
  cluster = ["--context", config.getCurrentContext(), "--kubeconfig", inject("kubeconfig")];
  lane = await startLane("edge-check-cluster");
}, 5 * minute);
afterAll(() => lane?.remove());

const dnsSlices = async () =>
  (
    await lane.cluster.list({ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" }, { namespace: "kube-system" })
  ).filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === "kube-dns");
let taken: readonly LiveObject[] = [];

/** What is wrong with the cluster, so that no other test may run. */
const situations: readonly Situation<Lane>[] = [
  {
    name: "the only node was cordoned, and a module's pod starts anew",
    plant: async () => {
      const [node] = await items("nodes");
      await kubectlOk(["cordon", node?.metadata.name ?? ""]);
      await deletePods(lane, moduleSelector("sensor"));
    },
    undo: async () => {
      const [node] = await items("nodes");
      await kubectlOk(["uncordon", node?.metadata.name ?? ""]);
    },
    ...{
      id: "modules",
      severity: "error",
      component: "sensor",
      cause: "unschedulable",
      message: /no node takes its pod: .*unschedulable/,
      fix: /kubectl.* describe pod sensor-\S+ -n edge-check-cluster/,
    },
  },
  {
    name: "nothing is behind the cluster's DNS, and a module's pod starts anew",
    plant: async () => {
      taken = await dnsSlices();
      for (const slice of taken) await lane.cluster.delete(slice, "Background");
      await deletePods(lane, moduleSelector("sensor"));
    },
    undo: async () => {
      for (const { apiVersion, kind, metadata, addressType, endpoints, ports } of taken) {
        const { name, namespace, labels } = metadata;
        await lane.apply({ apiVersion, kind, metadata: { name, namespace, labels }, addressType, endpoints, ports });
      }
    },
    ...{
      id: "proxy",
      severity: "error",
      component: "sensor",
      message: /cannot serve it: it does not find iotedged's address/,
      fix: /cluster's DNS answers.*logs sensor-\S+ -c proxy/,
    },
  },
];

describe("edgectl check names cause and fix, where", { timeout: 5 * minute }, () => {
  it.each(situations)("$name", (situation) => tell(lane, situation));
});

async function links(): Promise<CheckReport> {
  const { stdout, stderr } = await edgectl(["check", "module", "sensor", "-n", lane.namespace, "--json", ...cluster]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

interface BrokenLink {
  readonly name: string;
  plant(): Promise<unknown>;
  readonly id: string;
  readonly message: RegExp;
}

/** Where a module's chain is torn, of a module that has run before. */
const broken: readonly BrokenLink[] = [
  {
    name: "nobody answers at iotedged's Service",
    plant: () => scaleIotedged(lane, 0),
    ...{ id: "link-authentication", message: /its proxy has refused the call: it does not reach iotedged/ },
  },
  {
    name: "the trust bundle has a foreign CA",
    plant: () => writeForeignBundle(lane),
    ...{
      id: "link-authentication",
      message: /its proxy has refused the call: it does not reach iotedged, or does not trust it/,
    },
  },
  {
    name: "its pod does not start",
    plant: async () => {
      const createOptions = { Entrypoint: ["/bin/nosuch"] };
      await addModules(lane, { sensor: { settings: { createOptions } } });
    },
    ...{ id: "link-pod", message: /its program cannot be started/ },
  },
];

describe("edgectl check module shows the link that is torn, where", { timeout: 5 * minute }, () => {
  it.each(broken)("$name", async ({ name, plant, id, message }) => {
    await lane.healthy();
    await plant();
    const found = await waitFor(
      `the torn link where ${name}`,
      async () =>
        (await links()).checks.find((one) => one.id === id && one.severity === "error" && message.test(one.message)),
      60,
    );
    expect(found.fix).not.toBe("");
    await lane.up();
    await lane.healthy();
    expect((await links()).checks.filter(({ severity }) => severity !== "ok")).toEqual([]);
  });
});

it("edgectl check says nothing wrong of all installations of the cluster once all of that is undone", async () => {
  const begin = performance.now();
  const { code, stdout } = await edgectl(["check", "--json", ...cluster]);
  progress(`edgectl check of all installations: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  const { checks }: CheckReport = JSON.parse(stdout);
  expect(checks.filter(({ severity }) => severity !== "ok")).toEqual([]);
  expect(code).toBe(0);
});
