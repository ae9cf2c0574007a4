import { describe, expect, it } from "vitest";
import { limits } from "./limits.ts";
import type { DeploymentManifest, Module } from "./manifest.ts";
import { plainOptions } from "./module-options.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/sensor:1.0";
const sensor = { settings: { image } };

function desired(fields: object = {}): object {
  return { schemaVersion: "1.1", modules: { sensor }, ...fields };
}
const withModule = (module: unknown, id = "sensor") => desired({ modules: { [id]: module } });
const withOptions = (createOptions: unknown) => withModule({ settings: { image, createOptions } });
const withHost = (HostConfig: unknown) => withOptions({ HostConfig });

function accepted(document: unknown): DeploymentManifest {
  const parsed = parseManifest(JSON.stringify(document));
  if (!parsed.ok) throw new Error(parsed.errors.map(describeProblem).join("\n"));
  return parsed.manifest;
}

function onlyModule(document: unknown): Module {
  const [module] = accepted(document).modules;
  if (module === undefined) throw new Error("no module");
  return module;
}

function errors(document: unknown): readonly string[] {
  const parsed = parseManifest(typeof document === "string" ? document : JSON.stringify(document));
  return parsed.ok ? [] : parsed.errors.map(describeProblem);
}

const warnings = (document: unknown) => parseManifest(JSON.stringify(document)).warnings.map(describeProblem);

describe("where the manifest may stand", () => {
  it.each([
    ["a whole deployment manifest", { modulesContent: { $edgeAgent: { "properties.desired": desired() } } }],
    [
      "the body of a request to IoT Hub",
      { content: { modulesContent: { $edgeAgent: { "properties.desired": desired() } } } },
    ],
    ["the section of $edgeAgent", { $edgeAgent: { "properties.desired": desired() } }],
    ["a twin's desired properties", { "properties.desired": desired() }],
    ["the desired properties alone", desired()],
  ])("accepts %s", (_, document) => {
    expect(accepted(document).modules.map(({ id }) => id)).toEqual(["sensor"]);
    expect(warnings(document)).toEqual([]);
  });

  it("does not count what stands outside of modules among them", () => {
    const modules = {
      a: { surplus: 1, settings: { image: "r/a:1" } },
      b: { surplus: 1, settings: { image: "r/b:1" } },
    };
    const { warnings } = parseManifest(JSON.stringify({ schemaVersion: "1.1", surplus: 1, modules }));
    expect(warnings.map(({ path, message }) => `${path} ${message}`)).toEqual([
      "modules.a.surplus is not a known field and has no effect, here and in another module",
      "surplus is not a known field and has no effect",
    ]);
  });

  it("says that the twins of other modules reach nobody", () => {
    const modulesContent = {
      $edgeAgent: { "properties.desired": desired() },
      $edgeHub: { "properties.desired": { routes: {} } },
      "Temperature Sensor": { "properties.desired": {} },
    };
    expect(warnings({ modulesContent })).toEqual([
      expect.stringMatching(/^modulesContent\.\$edgeHub: reaches no module/),
      expect.stringMatching(/^modulesContent\["Temperature Sensor"\]: reaches no module/),
    ]);
  });
});

describe("what is refused, where and why", () => {
  it.each<[string, unknown, string]>([
    ["text that is no JSON", "{", "manifest: is not JSON"],
    ["a list", "[]", "manifest: [] is not an object"],
    ["too much text", `"${"x".repeat(limits.characters.most)}"`, "manifest: has 1048578 characters"],
    ["no desired properties", { modulesContent: {} }, "manifest: has no modulesContent.$edgeAgent properties.desired"],
    ["no schema version", { modules: {} }, "schemaVersion: is missing"],
    ["an unknown schema version", desired({ schemaVersion: "2.0" }), 'schemaVersion: "2.0" is none of 1.x'],
    ["a runtime other than docker", desired({ runtime: { type: "podman" } }), 'runtime.type: "podman" is not docker'],
    ["modules that are a list", desired({ modules: [] }), "modules: [] is not an object"],
    ["a module that is a string", withModule("sensor"), 'modules.sensor: "sensor" is not an object'],
    ["no settings", withModule({}), "modules.sensor.settings.image: is missing"],
    ["no image", withModule({ settings: {} }), "modules.sensor.settings.image: is missing"],
    ["an empty image", withModule({ settings: { image: " " } }), "modules.sensor.settings.image: is empty"],
    [
      "an image with a space",
      withModule({ settings: { image: "a b" } }),
      'modules.sensor.settings.image: "a b" is not',
    ],
    [
      "a status that there is not",
      withModule({ ...sensor, status: "sleeping" }),
      'modules.sensor.status: "sleeping" is not one of running, stopped',
    ],
    [
      "a restart policy that there is not",
      withModule({ ...sensor, restartPolicy: "Always" }),
      'modules.sensor.restartPolicy: "Always"',
    ],
    [
      "a pull policy that there is not",
      withModule({ ...sensor, imagePullPolicy: "always" }),
      'modules.sensor.imagePullPolicy: "always"',
    ],
    ["a startup order below 0", withModule({ ...sensor, startupOrder: -1 }), "modules.sensor.startupOrder: -1 is not"],
    [
      "a module of another type",
      withModule({ ...sensor, type: "process" }),
      'modules.sensor.type: "process" is not docker',
    ],
    ["an id that only system modules have", withModule(sensor, "$edgeHub"), 'modules.$edgeHub: "$edgeHub" is a system'],
    ["an id with a slash", withModule(sensor, "a/b"), 'modules["a/b"]: "a/b" is not a module id'],
    ["an id that is a folder", withModule(sensor, ".."), 'modules[".."]: ".." is no name in an address'],
    ["an empty id", withModule(sensor, ""), 'modules[""]: "" is not a module id'],
    ["a variable without value", withModule({ ...sensor, env: { A: {} } }), "modules.sensor.env.A: has no value"],
    [
      "a variable with an object",
      withModule({ ...sensor, env: { A: { value: {} } } }),
      "modules.sensor.env.A.value: is not a string",
    ],
    ["createOptions that are no JSON", withOptions("{"), "modules.sensor.settings.createOptions: is not JSON"],
    ["createOptions that are a list", withOptions("[]"), "modules.sensor.settings.createOptions: [] is not an object"],
    ["Env without =", withOptions({ Env: ["A"] }), "modules.sensor.settings.createOptions.Env[0]: is not of the form"],
    [
      "a command that is an object",
      withOptions({ Cmd: {} }),
      "modules.sensor.settings.createOptions.Cmd: {} is not a string",
    ],
    ["a user by name", withOptions({ User: "app" }), 'createOptions.User: "app" is not a numeric user'],
    ["root", withOptions({ User: "0:0" }), 'createOptions.User: "0:0" is root'],
    [
      "a port out of range",
      withOptions({ ExposedPorts: { "70000/tcp": {} } }),
      'ExposedPorts["70000/tcp"]: "70000/tcp" is not a port',
    ],
    ["a port of no protocol", withOptions({ ExposedPorts: { "80/icmp": {} } }), '"80/icmp" is not a port'],
    ["a port of the proxy", withOptions({ ExposedPorts: { "35001/tcp": {} } }), "port 35001 is taken by the proxy"],
    [
      "a range of host ports for one port",
      withHost({ PortBindings: { "80/tcp": [{ HostPort: "80-90" }] } }),
      'PortBindings["80/tcp"][0].HostPort: "80-90" is 11 ports for 1 of the container',
    ],
    [
      "bindings that are no list",
      withHost({ PortBindings: { "80/tcp": "80" } }),
      'PortBindings["80/tcp"]: "80" is not a list',
    ],
    [
      "a privileged container",
      withHost({ Privileged: true }),
      "HostConfig.Privileged: a privileged container owns its node",
    ],
    [
      "the node's network",
      withHost({ NetworkMode: "Host" }),
      'HostConfig.NetworkMode: "Host" shares a namespace of the node',
    ],
    ["the node's processes", withHost({ PidMode: "host" }), "HostConfig.PidMode:"],
    ["the node's IPC", withHost({ IpcMode: "host" }), "HostConfig.IpcMode:"],
    [
      "the node's network, as IoT Edge writes it",
      withOptions({ NetworkingConfig: { EndpointsConfig: { host: {} } } }),
      "EndpointsConfig.host: shares the network",
    ],
    [
      "a path of the node",
      withHost({ Binds: ["/data:/data"] }),
      'HostConfig.Binds[0]: "/data" mounts a path of the node',
    ],
    [
      "a bind mount",
      withHost({ Mounts: [{ Type: "bind", Source: "/x", Target: "/y" }] }),
      'HostConfig.Mounts[0]: "/x" mounts a path of the node',
    ],
    ["a device", withHost({ Devices: [{ PathOnHost: "/dev/ttyS0" }] }), "HostConfig.Devices[0]:"],
    [
      "registry credentials",
      desired({ runtime: { settings: { registryCredentials: { r: { password: "canary" } } } } }),
      "runtime.settings.registryCredentials.r: has a password that nobody may write into a Secret",
    ],
    ["a capability", withHost({ CapAdd: ["NET_ADMIN"] }), 'HostConfig.CapAdd[0]: "NET_ADMIN" is a privilege'],
  ])("refuses %s", (_, document, start) => {
    expect(errors(document)).toEqual([expect.stringContaining(start)]);
  });

  it("reports every problem of every module at once", () => {
    const modules = {
      a: { status: "x", settings: { image, createOptions: { User: "root" } } },
      b: { restartPolicy: 1 },
    };
    expect(errors(desired({ schemaVersion: "9", modules })).map((line) => line.split(": ")[0])).toEqual([
      "schemaVersion",
      "modules.a.status",
      "modules.a.settings.createOptions.User",
      "modules.b.restartPolicy",
      "modules.b.settings.image",
    ]);
  });

  it("keeps at most a hundred problems of a hostile manifest", () => {
    const modules = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`m${index}`, {}]));
    expect(errors(desired({ modules }))).toHaveLength(100);
  });

  it.each<[string, (deep: string) => string, string]>([
    ["the document", (deep) => deep, "manifest"],
    ["a section", (deep) => `{"modulesContent":${deep}}`, "manifest"],
    ["options", (deep) => JSON.stringify(withOptions("@")).replace('"@"', `{"k8s-extensions":${deep}}`), "manifest"],
    ["options in a string", (deep) => JSON.stringify(withOptions(`{"Labels":{"a":${deep}}}`)), "createOptions"],
  ])("refuses %s nested deeper than anybody means", (_, document, place) => {
    for (const levels of [101, 10_000, 200_000]) {
      const problems = errors(document("[".repeat(levels) + "]".repeat(levels)));
      expect(problems).toEqual([
        expect.stringMatching(
          new RegExp(`${place}: has \\d+ levels of lists and objects, and may have 100 .EDGE_LIMIT_LEVELS`),
        ),
      ]);
    }
  });

  it("counts no brackets within strings as levels", () => {
    expect(onlyModule(withModule({ ...sensor, version: `\\"${"[".repeat(200)}` })).version).toHaveLength(202);
  });

  it("refuses more modules than a status can hold", () => {
    const modules = Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`m${index}`, sensor]));
    expect(errors(desired({ modules }))).toEqual([expect.stringContaining("modules: has 2001 modules")]);
  });

  it("shows no value of a variable, whatever is wrong with it", () => {
    const env = { A: { value: ["canary"] }, "B=": { value: "canary" } };
    const createOptions = { Env: ["canary", "=canary", { canary: 1 }] };
    const found = errors(withModule({ env, settings: { image, createOptions } }));
    expect(found).toHaveLength(5);
    expect(found.join()).not.toContain("canary");
  });
});

describe("what is accepted without effect", () => {
  it.each<[string, unknown, string]>([
    ["an unknown field", desired({ modulse: {} }), "modulse: is not a known field"],
    ["an unknown field of a module", withModule({ ...sensor, envv: {} }), "modules.sensor.envv: is not a known field"],
    ["an unknown field of settings", withModule({ settings: { image, Image: 1 } }), "modules.sensor.settings.Image:"],
    [
      "a variable that EdgeAgent sets",
      withModule({ ...sensor, env: { IOTEDGE_MODULEID: { value: "$edgeAgent" } } }),
      "modules.sensor.env.IOTEDGE_MODULEID: IOTEDGE_MODULEID is set by EdgeAgent",
    ],
    [
      "a volume whose name is no claim's",
      withHost({ Mounts: [{ Type: "volume", Source: "edgeHub", Target: "/data" }] }),
      'HostConfig.Mounts[0]: "edgeHub" is PersistentVolumeClaim edgehub',
    ],
    [
      "an address of the node",
      withHost({ PortBindings: { "80/tcp": [{ HostPort: "80", HostIp: "127.0.0.1" }] } }),
      "HostIp:",
    ],
    ["swap", withHost({ MemorySwap: 1024 }), "createOptions.HostConfig.MemorySwap: has no counterpart"],
    [
      "an unknown extension for Kubernetes",
      withOptions({ "k8s-experimental": { nodeSelektor: { a: "b" } } }),
      "createOptions.k8s-experimental.nodeSelektor: is not a known field",
    ],
  ])("warns of %s", (_, document, start) => {
    expect(errors(document)).toEqual([]);
    expect(warnings(document)).toEqual([expect.stringContaining(start)]);
  });

  it("is silent about options that ask for nothing, as tools write them", () => {
    const HostConfig = { Privileged: false, Binds: null, Memory: 0, CapDrop: ["ALL"], NetworkMode: "", LogConfig: {} };
    expect(warnings(withOptions({ Tty: false, Labels: {}, Domainname: "", HostConfig }))).toEqual([]);
  });
});

describe("what is understood", () => {
  it("fills in IoT Edge's defaults", () => {
    expect(onlyModule(desired())).toEqual({
      id: "sensor",
      status: "running",
      restartPolicy: "always",
      imagePullPolicy: "on-create",
      startupOrder: 4_294_967_295,
      image,
      environment: new Map(),
      ...plainOptions,
    });
  });

  it("keeps which deployment of IoT Hub an entry comes from, and refuses nothing that it cannot read there", () => {
    const entryOf = (configuration: unknown) => onlyModule(withModule({ ...sensor, configuration }));
    expect(entryOf({ id: "line-a" }).configuration).toBe("line-a");
    for (const other of [null, "line-a", [], {}, { id: 1 }, { id: "x".repeat(129) }])
      expect(entryOf(other)).not.toHaveProperty("configuration");
  });

  it("tells EdgeAgent, EdgeHub and modules apart", () => {
    const manifest = accepted(
      desired({ $version: 7, systemModules: { edgeAgent: { ...sensor, version: "1.5" }, edgeHub: sensor } }),
    );
    expect(manifest).toMatchObject({
      version: 7,
      schemaVersion: "1.1",
      edgeAgent: { id: "$edgeAgent", version: "1.5" },
    });
    expect(manifest.modules.map(({ id }) => id)).toEqual(["$edgeHub", "sensor"]);
  });

  it.each([
    ["an object", { Cmd: ["run"] }],
    ["a string", '{"Cmd": ["run"]}'],
    ["any spelling of its keys", { cmd: ["run"] }],
    ["one word", { Cmd: "run" }],
  ])("reads createOptions as %s", (_, createOptions) => {
    expect(onlyModule(withOptions(createOptions)).container.args).toEqual(["run"]);
  });

  it("joins createOptions that a twin had to split", () => {
    const settings = { image, createOptions02: '"run"]}', createOptions: '{"Cm', createOptions01: 'd": [' };
    expect(onlyModule(withModule({ settings })).container.args).toEqual(["run"]);
  });

  it.each(["", "  ", null])("takes createOptions %j for none", (createOptions) => {
    expect(onlyModule(withOptions(createOptions)).container.ports).toEqual([]);
  });

  it("lets createOptions.Env win over env, and takes numbers and truth values as text", () => {
    const env = { A: { value: "1" }, B: { value: 2 }, C: { value: true }, "with:colon": { value: "" } };
    const module = onlyModule(withModule({ env, settings: { image, createOptions: { Env: ["A=x=y", "D="] } } }));
    expect(Object.fromEntries(module.environment)).toEqual({ A: "x=y", B: "2", C: "true", "with:colon": "", D: "" });
  });

  it("keeps ports of one number in two protocols apart, and lets bindings win over exposed ports", () => {
    const createOptions = {
      ExposedPorts: { "53": {}, "53/udp": {}, "8080/tcp": {} },
      HostConfig: {
        PortBindings: { "80/TCP": [{ HostPort: "8080" }, { HostPort: 81 }], "90/tcp": [{}], "91/tcp": null },
      },
    };
    const { container, service } = onlyModule(withOptions(createOptions));
    expect(service.ports.map(({ port, protocol, target }) => `${port}/${protocol}>${target}`)).toEqual([
      "53/TCP>53",
      "53/UDP>53",
      "81/TCP>80",
      "90/TCP>90",
      "91/TCP>91",
      "8080/TCP>80",
    ]);
    expect(container.ports.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual([
      "53/TCP",
      "53/UDP",
      "80/TCP",
      "90/TCP",
      "91/TCP",
      "8080/TCP",
    ]);
  });

  it("reads what opens the container a little", () => {
    const HostConfig = { ReadonlyRootfs: false, CapAdd: ["CAP_NET_BIND_SERVICE"] };
    const { container, privileges } = onlyModule(
      withOptions({ User: "1001:1002", WorkingDir: "/app", Entrypoint: ["x"], HostConfig }),
    );
    expect(container).toMatchObject({
      readOnlyRoot: false,
      user: { uid: 1001, gid: 1002 },
      workingDirectory: "/app",
      command: ["x"],
    });
    expect(privileges.capabilities).toEqual(["NET_BIND_SERVICE"]);
  });
});
