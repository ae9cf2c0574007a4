import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AgentSettings,
  defaultModuleSettings,
  type ModulePolicy,
  type ModuleSettings,
  objectNames,
} from "#contract";
import type { KubernetesObject } from "../../runtime/base/kubernetes-objects.ts";
import { desiredObjects } from "../../runtime/edge-agent/mapping/desired-objects.ts";
import { settleProxyPorts } from "../../runtime/manifest/host-network.ts";
import { limits } from "../../runtime/manifest/limits.ts";
import { parseManifest } from "../../runtime/manifest/parse-manifest.ts";
import { noCredentials } from "../../runtime/manifest/registry-credentials.ts";
import type { ApiClient } from "../../runtime/shared/kubernetes/api-client.ts";
import { serviceAccounts } from "../../runtime/shared/kubernetes/kinds.ts";
import { ownerReference } from "../../runtime/shared/pod/owner-reference.ts";
import { manifestText } from "../fakes/edge-installation.ts";
import { agentSettings, iotedgedSettings } from "../fakes/settings.ts";
import { nodeRights } from "../fixtures/node-rights.ts";
import { image } from "../support/edgeagent-token/originals.ts";
import { refusal, tried } from "../support/edgeagent-token/outcomes.ts";
import { isOldest } from "../support/oldest-kubernetes.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";
import { declarePolicies, type Policies } from "./edge-agent-admission/policies.ts";

/** What all installations have beside the policy. */
const base: ModuleSettings = {
  ...defaultModuleSettings,
  ...Object.assign({}, ...nodeRights.map((one) => one.settings)),
};

/** The policies of all, in one: none of them opens what another one closes. */
function allOf(policies: readonly Partial<ModulePolicy>[]): ModuleSettings {
  const lists = policies.flatMap((policy) => Object.entries(policy));
  const policy = lists.reduce<Record<string, unknown>>(
    (found, [field, value]) => Object.assign(found, { [field]: both(found[field], value) }),
    { ...base.policy },
  );
  return { ...base, policy: policy as ModulePolicy };
}

const both = (one: unknown, other: unknown) =>
  Array.isArray(one) && Array.isArray(other) ? [...one, ...other] : other;

/** By what is open beside it: everything that is asked for, nothing, or its neighbours. */
const kinds = {
  open: allOf(nodeRights.map(({ policy }) => policy)),
  closed: base,
  nearlyOpen: allOf(nodeRights.flatMap(({ closedBy }) => closedBy ?? [])),
};
type Kind = keyof typeof kinds;

interface Guarded {
  readonly installation: Installation;
  readonly policies: Policies;
  readonly agent: ApiClient;
}
const guarded = new Map<Kind, Guarded>();

beforeAll(async () => {
  for (const [kind, modules] of Object.entries(kinds)) {
    const installation = await createInstallation({}, { level: "privileged" });
    const policies = await declarePolicies(installation, settingsOf(modules));
    guarded.set(kind as Kind, { installation, policies, agent: await installation.agentClient() });
  }
});
afterAll(async () => {
  for (const { installation, policies, agent } of guarded.values()) {
    await policies.remove();
    await agent.close();
    await installation.remove();
  }
});

const settingsOf = (modules: ModuleSettings): AgentSettings => ({ ...agentSettings, imagePullSecrets: [], modules });

/** What EdgeAgent makes of the manifest by settings that allow it. */
async function objectsOf(text: string, modules: ModuleSettings, { admin, namespace }: Installation) {
  const parsed = parseManifest(text, modules);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const identity = { ...iotedgedSettings, installation: { name: namespace, namespace } };
  const [module] = settleProxyPorts(parsed.manifest.modules, identity.installation);
  const owner = await admin.get(serviceAccounts, objectNames.iotedged);
  if (module === undefined || owner === undefined) throw new Error("nothing to make");
  const target = { identity, settings: settingsOf(modules), owner: ownerReference(owner), credentials: noCredentials };
  const { workload, services } = desiredObjects(module, target, "generation-1");
  return [workload, ...services] as readonly KubernetesObject[];
}

/** What the admission policies of one of the installations have against what EdgeAgent makes of the manifest. */
async function refusals(text: string, modules: ModuleSettings, kind: Kind): Promise<readonly string[]> {
  const { installation, agent } = guarded.get(kind) as Guarded;
  const found: (string | undefined)[] = [];
  for (const object of await objectsOf(text, modules, installation)) {
    found.push(await refusal(() => tried(agent, installation.namespace, { what: "", verb: "apply", object })));
  }
  return found.filter((message) => message !== undefined);
}

/** A Service has those that the container listens at and those that they are bound to. */
function mostPorts() {
  const ranges = Array.from({ length: limits.ports.most / limits.portRange.most }, (_, index) => 40_000 + 1000 * index);
  const rangeOf = (first: number) => `${first}-${first + limits.portRange.most - 1}`;
  const bindings = ranges.map((first) => [`${rangeOf(first)}/udp`, [{ HostPort: rangeOf(first + 10_000) }]]);
  return { HostConfig: { PortBindings: Object.fromEntries(bindings) } };
}

describe("of what is the nodes' own, the parser and the API server say the same", () => {
  // The oldest API server refuses the kubelet's port of a load balancer by itself.
  const taken = nodeRights.filter(({ what }) => !isOldest || what !== "the node's port of a load balancer");
  it.each(taken)("$what", async ({ createOptions, policy, closedBy }) => {
    const text = manifestText({ a: { settings: { image, createOptions } } });
    const open = { ...base, policy: { ...base.policy, ...policy } };
    const nearlyOpen = { ...base, policy: { ...base.policy, ...closedBy } };
    expect([open, base, nearlyOpen].map((one) => parseManifest(text, one).ok)).toEqual([true, false, false]);
    expect(await refusals(text, open, "open")).toEqual([]);
    expect(await refusals(text, open, "closed")).not.toEqual([]);
    if (closedBy !== undefined) expect(await refusals(text, open, "nearlyOpen")).not.toEqual([]);
  });

  it("and as many ports as modules may have are no burden for it", async () => {
    const balanced = { "k8s-experimental": { serviceOptions: { type: "LoadBalancer" } } };
    for (const createOptions of [mostPorts(), { ...mostPorts(), ...balanced }]) {
      const text = manifestText({ a: { settings: { image, createOptions } } });
      expect(await refusals(text, base, "closed")).toEqual([]);
    }
  });

  it("and the policies are ones that its type checker has nothing against", async () => {
    for (const { policies } of guarded.values()) expect(await policies.warnings()).toEqual([]);
  });
});
