import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { componentSelector, moduleLabels, pullerLabels } from "#contract";
import { networkSetting } from "../../infra/deploy/index.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";
import type { ObjectToApply } from "../../infra/kubernetes/kubernetes-types.ts";
import { renderStack } from "../../infra/render/render-stack.ts";
import { patchBy } from "../support/merge-patch.ts";
import { ensureNetworkPolicyTool } from "../support/network-policy-tools.ts";
import { progress } from "../support/progress.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { makeProject } from "./check/installation.ts";
import { connectionOf, type Enforcer, startEnforcer } from "./network-policies/enforcer.ts";
import { cutOff, describeFlow, everyFlow, type Flow, others, pinnedFlows, pods } from "./network-policies/flows.ts";
import { type Hosts, startHosts } from "./network-policies/hosts.ts";

interface Situation {
  readonly name: string;
  readonly apiPort: number;
  readonly dnsPort: number;
  /** As a stack has it, by the addresses of the hosts. */
  readonly setting: (addressOf: (host: string) => string) => object;
  readonly flows: readonly Flow[];
}

const byDefault = () => ({});
/** What `edgectl check --pre` tells one to write for a cluster. */
const asTold = (apiPort: number, dnsPort: number) => (addressOf: (host: string) => string) => {
  const service = (host: string, front: number, port: number) => ({
    front: [{ address: "10.96.0.1", port: front }],
    behind: [{ address: addressOf(host), port }],
  });
  return {
    ...parse(networkSetting("api-server", service("api-server", 443, apiPort), true)).networkPolicy,
    ...parse(networkSetting("dns", service("dns-server", 53, dnsPort), false)).networkPolicy,
  };
};

const situations: readonly Situation[] = [
  { name: "kubeadm, k3s", apiPort: 6443, dnsPort: 53, setting: byDefault, flows: everyFlow },
  { name: "MicroK8s", apiPort: 16443, dnsPort: 53, setting: byDefault, flows: everyFlow },
  { name: "minikube", apiPort: 8443, dnsPort: 53, setting: byDefault, flows: everyFlow },
  { name: "OpenShift", apiPort: 6443, dnsPort: 5353, setting: byDefault, flows: everyFlow },
  { name: "ports that no default has", apiPort: 26443, dnsPort: 10053, setting: byDefault, flows: cutOff },
  {
    name: "these ports, with what check --pre says",
    ...{ apiPort: 26443, dnsPort: 10053, setting: asTold(26443, 10053), flows: [...everyFlow, ...pinnedFlows] },
  },
];

const tcp = [53, 443, 5353, 6443, 8080, 8443, 8883, 9600, 9601, 10053, 16443, 26443, 35000, 35001];
const udp = [53, 5353, 8080, 10053];
const minutes = 60_000;

// Network namespaces take root; `npm test` says that it skips them, and fails in CI.
describe.skipIf(process.getuid?.() !== 0)("NetworkPolicies, enforced", () => {
  let program: string;
  let hosts: Hosts;
  const addressOf = (name: string) => hosts.byName.get(name)?.address ?? "";

  beforeAll(async () => {
    program = await ensureNetworkPolicyTool(progress);
    hosts = await startHosts([...pods, ...others], { tcp, udp });
  }, 15 * minutes);
  afterAll(() => hosts?.remove());

  describe.each(situations)("of $name", ({ apiPort, dnsPort, setting, flows }) => {
    let own: TestNamespace;
    let other: TestNamespace;
    let enforcer: Enforcer;

    beforeAll(async () => {
      const kubeconfig = inject("kubeconfig");
      [own, other] = await Promise.all([
        createTestNamespace(kubeconfig, "edge-net"),
        createTestNamespace(kubeconfig, "edge-net"),
      ]);
      await declarePolicies(own.name, setting(addressOf));
      for (const pod of pods) await startPod(pod, own, other, addressOf(pod));
      const config = new KubeConfig();
      config.loadFromFile(kubeconfig);
      const server = new URL(config.getCurrentCluster()?.server ?? "");
      enforcer = await startEnforcer(program, hosts.router, kubeconfig, server);
    }, 5 * minutes);
    afterAll(async () => {
      await enforcer?.stop();
      // Namespaces are emptied later, and by what is left of a situation the next enforcer would know its addresses.
      for (const pod of pods) await namespaceOf(pod, own, other).removePod(pod);
      await Promise.all([own?.remove(), other?.remove()]);
    });

    it.each(flows.map((flow) => [describeFlow(flow), flow] as const))("%s", async (_, flow) => {
      const port = flow.port === "api" ? apiPort : flow.port === "dns" ? dnsPort : flow.port;
      expect(await judge(flow, port)).toBe(flow.passes ? "accept" : "drop");
    });

    async function judge({ from, to, protocol = "TCP", passes }: Flow, port: number) {
      const source = hosts.byName.get(from);
      if (source === undefined) throw new Error(`there is no host ${from}`);
      const id = nextPort();
      const connection = connectionOf(source.address, id, addressOf(to), port, protocol);
      source.attempt({ id, protocol, address: addressOf(to), port, localPort: id });
      const verdict = await waitFor(`a verdict on ${connection}`, () => enforcer.verdict(connection), 60);
      // What was let through has to arrive; what was dropped cannot any more.
      if (verdict === "accept" && passes) await waitFor(connection, () => source.isReached(id) || undefined);
      if (verdict === "drop") expect(source.isReached(id)).toBe(false);
      source.end(id);
      return verdict;
    }
  });
});

let lastPort = 40_000;
/** A port of its own for each connection, by which its packets are known. */
function nextPort(): number {
  lastPort += 1;
  return lastPort;
}

/** The policies that a stack declares with this setting, and nothing else of it. */
async function declarePolicies(namespace: string, networkPolicy: object): Promise<void> {
  const project = await makeProject(namespace);
  try {
    await project.declare([{ namespace, networkPolicy }]);
    const { objects } = await renderStack({ projectDirectory: project.directory, stack: project.stack, preview: true });
    const cluster = await connect({ context: "edge-control-plane", kubeconfig: inject("kubeconfig") });
    const policies = objects.filter(({ object }) => object.kind === "NetworkPolicy");
    expect(policies.map(({ object }) => object.metadata.name).sort()).toEqual([
      "edgeagent",
      "iotedge-pull",
      "iotedged",
    ]);
    for (const { object } of policies) await cluster.apply(object as ObjectToApply);
  } finally {
    await project.remove();
  }
}

async function startPod(
  pod: (typeof pods)[number],
  own: TestNamespace,
  other: TestNamespace,
  address: string,
): Promise<void> {
  const labels = {
    iotedged: componentSelector("iotedged", own.name),
    edgeagent: componentSelector("edgeagent", own.name),
    sensor: moduleLabels(own.name, "sensor"),
    puller: pullerLabels(own.name, "sensor"),
    stranger: {},
    impostor: componentSelector("edgeagent", own.name),
  }[pod];
  const namespace = namespaceOf(pod, own, other);
  await namespace.createPod(pod, "iotedged", labels);
  const status = { phase: "Running", podIP: address, podIPs: [{ ip: address }] };
  await patchBy(namespace.client, `${namespace.path("api/v1", "pods", pod)}/status`, { status });
}

function namespaceOf(pod: (typeof pods)[number], own: TestNamespace, other: TestNamespace): TestNamespace {
  return pod === "stranger" || pod === "impostor" ? other : own;
}
