import { expect, it } from "vitest";
import { defaultModuleSettings } from "#contract";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const settings = { ...defaultModuleSettings, policy: { ...defaultModuleSettings.policy, hostNetwork: true } };
const onNode = (...ports: string[]) => ({
  settings: {
    image: "registry.example.com/bacnet:1.0",
    createOptions: {
      HostConfig: { NetworkMode: "host" },
      ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    },
  },
});

function parse(modules: Readonly<Record<string, object>>) {
  const parsed = parseManifest(JSON.stringify({ schemaVersion: "1.1", modules }), settings);
  const found = parsed.ok ? parsed.manifest.modules : [];
  return { ports: found.map(({ proxyPorts }) => proxyPorts), warnings: parsed.warnings.map(describeProblem) };
}

it("leaves a single module on its node's network where it was", () => {
  expect(parse({ a: onNode() }).ports).toEqual([undefined]);
});

it("gives several ports of their own, the same ones in whatever order the manifest is", () => {
  const [a, b] = parse({ a: onNode(), b: onNode() }).ports;
  expect(new Set([a?.workload, a?.observability, b?.workload, b?.observability]).size).toBe(4);
  expect(parse({ b: onNode(), a: onNode() }).ports).toEqual([b, a]);
});

it("keeps out of the way of what the modules listen on themselves", () => {
  const [, free] = parse({ a: onNode(), b: onNode() }).ports;
  const [, moved] = parse({ a: onNode(), b: onNode(`${free?.workload}/tcp`) }).ports;
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
