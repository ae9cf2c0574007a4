import { expect, it } from "vitest";
import { defaultModuleSettings, type ModulePolicy } from "#contract";
import { settleProxyPorts } from "./host-network.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const policy = { ...defaultModuleSettings.policy, hostNetwork: true };
const settings = { ...defaultModuleSettings, policy };
const line1 = { namespace: "line-1", name: "line-1" };
const onNode = (...ports: string[]) => ({
  settings: {
    image: "registry.example.com/bacnet:1.0",
    createOptions: {
      HostConfig: { NetworkMode: "host" },
      ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    },
  },
});

function parse(modules: Readonly<Record<string, object>>, installation = line1, more: Partial<ModulePolicy> = {}) {
  const allowed = { ...settings, policy: { ...policy, ...more } };
  const parsed = parseManifest(JSON.stringify({ schemaVersion: "1.1", modules }), allowed);
  const found = settleProxyPorts(parsed.ok ? parsed.manifest.modules : [], installation);
  return { ports: found.map(({ proxyPorts }) => proxyPorts), warnings: parsed.warnings.map(describeProblem) };
}

it("leaves modules that are not on their node's network where all proxies listen", () => {
  expect(parse({ a: { settings: { image: "registry.example.com/a:1.0" } } }).ports).toEqual([undefined]);
});

it("gives several ports of their own, the same ones in whatever order the manifest is", () => {
  const [a, b] = parse({ a: onNode(), b: onNode() }).ports;
  expect(new Set([a?.workload, a?.observability, b?.workload, b?.observability]).size).toBe(4);
  expect(parse({ b: onNode(), a: onNode() }).ports).toEqual([b, a]);
});

it("does not move a module when another one comes beside it", () => {
  const [alone] = parse({ a: onNode() }).ports;
  expect(parse({ a: onNode(), b: onNode() }).ports[0]).toEqual(alone);
});

it("gives modules of one id in two installations different ports", () => {
  const [here] = parse({ a: onNode() }).ports;
  const [there] = parse({ a: onNode() }, { namespace: "line-2", name: "line-2" }).ports;
  expect(here).toBeDefined();
  expect(there?.workload).not.toBe(here?.workload);
});

it("keeps out of the way of what the modules listen on themselves", () => {
  const [, free] = parse({ a: onNode(), b: onNode() }).ports;
  const hostPorts = [`${free?.workload}`];
  const [, moved] = parse({ a: onNode(), b: onNode(`${free?.workload}/tcp`) }, line1, { hostPorts }).ports;
  expect(moved?.workload).toBe((free?.workload ?? 0) + 1);
});

it("never gives two modules one port, however many there are", () => {
  const modules = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`m${index}`, onNode()]));
  const ports = parse(modules).ports.flatMap((one) => [one?.workload, one?.observability]);
  expect(new Set(ports).size).toBe(800);
});

it("warns of two modules that cannot share a node", () => {
  expect(parse({ a: onNode("5020/tcp"), b: onNode("5020/tcp") }).warnings).toEqual([
    expect.stringContaining("modules.b: listens on port 5020 of its node, as a does"),
  ]);
});
