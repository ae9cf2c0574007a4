import { expect, it } from "vitest";
import type { JsonObject } from "#base";
import { defaultModuleSettings } from "#contract";
import { assemble } from "./assemble.ts";
import { lookupIn } from "./fill-template.ts";
import { judgeManifest } from "./judge.ts";
import { readVariables } from "./variables-text.ts";

/** The text with placeholders where it has names in angle brackets. */
const of = (text: string) => text.replaceAll("<", "$" + "{").replaceAll(">", "}");

/** What is told of a module with these options, each with its path, and the policy that it needs. */
function told(createOptions: unknown, env: string, more: object = {}) {
  const modules = { a: { type: "docker", settings: { image: "r/a:1", createOptions }, ...more } };
  return toldOf({ schemaVersion: "1.1", modules }, env);
}

function toldOf(desired: object, env: string) {
  const text = of(JSON.stringify({ modulesContent: { $edgeAgent: { "properties.desired": desired } } }));
  const template = JSON.parse(text) as JsonObject;
  const lookup = lookupIn(readVariables(env), { names: [], environment: () => undefined });
  const assembled = assemble([{ template, lookup }], {});
  const written = { parts: [{ text }], assembled };
  const { findings, policy } = judgeManifest(JSON.stringify(assembled.document), defaultModuleSettings, "x", written);
  return {
    findings: findings.map(
      ({ path, message, remedy }) =>
        `${path.replace(/^modules\.a\.settings\.createOptions\.?/, "")}: ${message}. ${remedy}`,
    ),
    policy,
    text: JSON.stringify({ findings, policy }),
  };
}

it.each([
  ["a text", { Hostname: "<H>" }, "H=not_a_host", 'Hostname: "<H>" is not a host name.'],
  ["a part of a text", { User: "<U>:7" }, "U=operator", 'User: "<U>:7" is not a numeric user.'],
  ["a part beside it", { User: "7:<G>" }, "G=dialout", 'User: "<G>" is not a numeric group.'],
  ["several in one", { Hostname: "<A>-x<B>" }, "A=not_a\nB=_host", 'Hostname: "<A>-x<B>" is not a host name.'],
  [
    "a path of the node",
    { HostConfig: { Binds: ["<D>/x:/y"] } },
    "D=/srv/plant",
    'HostConfig.Binds[0]: "<D>/x" mounts a path',
  ],
  [
    "a number in a text",
    { HostConfig: { MemorySwappiness: "<N>", Memory: "<M>" } },
    "N=9\nM=12z",
    'HostConfig.Memory: "<M>" is not a whole number',
  ],
  ["a key", { ExposedPorts: { "<P>/tcp": {} } }, "P=99999", 'ExposedPorts["<P>/tcp"]: "<P>/tcp" is not a port.'],
  [
    "a number without quotes",
    { ExposedPorts: { "<P>/tcp": {} } },
    "P=35000",
    'ExposedPorts["<P>/tcp"]: port <P> is taken by the proxy',
  ],
  ["options that are text", '{"Hostname":"<H>"}', "H=not_a_host", 'Hostname: "<H>" is not a host name.'],
  [
    "options that are text with what is put in alone",
    '{"Hostname":<H>}',
    `H='"not_a_host"'`,
    'Hostname: "<H>" is not a host name.',
  ],
  ["options as a whole", "<O>", `O={"Hostname":"not_a_host"}`, '["<O>"]: "<O>" is not a host name.'],
])("quotes the placeholder where it is %s", (_, options, env, message) => {
  const { findings } = told(options, env);
  expect(findings).toEqual(expect.arrayContaining([expect.stringContaining(of(message))]));
});

it("quotes what another place has with the placeholder of that place", () => {
  const image = "r/a:1";
  const module = (alias: string) => ({
    type: "docker",
    settings: { image, createOptions: { NetworkingConfig: { EndpointsConfig: { x: { Aliases: [alias] } } } } },
  });
  const { findings } = toldOf(
    { schemaVersion: "1.1", modules: { "<A>": module("one"), b: module("<N>") } },
    "A=press\nN=one",
  );
  expect(findings).toEqual(expect.arrayContaining([expect.stringContaining(of('module "<A>"'))]));
});

it("leaves what was found in the template itself as it is, derived texts too", () => {
  const modules = {
    Sensor_One: { type: "docker", settings: { image: "r/a:latest", createOptions: { Hostname: "<H>" } } },
  };
  const { findings } = toldOf({ schemaVersion: "1.1", modules }, "H=sensor");
  expect(findings).toEqual([
    expect.stringContaining('modules.Sensor_One: is found as sensor-one: "Sensor_One" is no name'),
    expect.stringContaining('modules.Sensor_One.settings.image: "r/a:latest" may be another image tomorrow'),
  ]);
});

it("does not take a word of its own for a value", () => {
  expect(told({ User: "<U>" }, "U=root").findings).toEqual([
    of(
      'User: "<U>" is root. Write the number of another user: "1000", or let the installation allow it by edgeAgent.policy.root.',
    ),
  ]);
});

it("names the policy that it needs by placeholders", () => {
  const HostConfig = { Binds: ["<D>:/y"], Devices: [{ PathOnHost: "<T>" }] };
  const { policy, text } = told({ HostConfig }, "D=/srv/plant\nT=/dev/ttyPLANT");
  expect(policy.hostPaths).toEqual([{ pathPrefix: of("<D>"), readOnly: false }]);
  expect(text).not.toMatch(/plant/i);
});

it("tells no key of ports that is short and derived from a placeholder", () => {
  const serviceOptions = { type: "NodePort", nodePorts: { "<Q>": 30080 } };
  const { findings } = told({ "k8s-experimental": { serviceOptions } }, "Q=81");
  expect(findings).toContain(
    of('k8s-experimental.serviceOptions.nodePorts["<Q>"]: "<Q>" is no port of the module. Bind the port first.'),
  );
  expect(JSON.stringify(findings)).not.toContain("81");
});

it("names a place by the keys that are written there", () => {
  const modules = { "<A>": { type: "docker", settings: { image: "r/a:latest" } } };
  const text = of(JSON.stringify({ schemaVersion: "1.1", modules }, undefined, 1));
  const lookup = lookupIn(readVariables("A=press"), { names: [], environment: () => undefined });
  const assembled = assemble([{ template: JSON.parse(text), lookup }], {});
  const written = { parts: [{ text }], assembled };
  const { findings } = judgeManifest(JSON.stringify(assembled.document), defaultModuleSettings, "x", written);
  expect(findings).toEqual([
    expect.objectContaining({ path: of('modules["<A>"].settings.image'), line: 7, column: 14 }),
  ]);
});

it("names what to change where a way out would name what was put in", () => {
  const { findings } = told({ Env: ["A=<V>"] }, of("V=<W>"));
  expect(findings).toEqual([expect.stringMatching(/ Change what stands for \$\{V\}\.$/)]);
});

it("tells the path of the node with its first slash, also where what is put in has one of its own", () => {
  const { policy } = told({ HostConfig: { Binds: ["/<D>:/d"] } }, "D=/srv");
  expect(policy).toEqual({ hostPaths: [{ pathPrefix: of("/<D>"), readOnly: false }] });
});

it("tells how many characters there are, and not the placeholder that brings them", () => {
  const { findings } = told({}, `V=${"x".repeat(600)}`, { version: "1<V>" });
  expect(findings).toContainEqual(expect.stringContaining("has 601 characters, and may have 512"));
});
