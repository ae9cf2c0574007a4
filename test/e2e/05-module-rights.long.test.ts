import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, moduleSelector, readyPod, reported } from "./cluster.ts";
import { modulesOf, readManifest, writeManifest } from "./deployment-manifest.ts";
import { answer } from "./listener/answer.ts";
import { loadListeners } from "./listener/image.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const minute = 60_000;
const namespaces = ["rights-restricted", "rights-hub", "rights-docker"] as const;
const [restricted, hub, docker] = namespaces;
const images = {
  /** Its user is root, as that of most images is. */
  root: { reference: "localhost/e2e-listener/root:1" },
  own: { reference: "localhost/e2e-listener/own:1", user: "10001" },
  capable: { reference: "localhost/e2e-listener/capable:1", user: "13623", hasFileCapability: true },
};
/** CAP_NET_BIND_SERVICE, and what Docker gives (capability.h). */
const bindService = "0000000000000400";
const dockers = "00000000a80425fb";
const handOver = "00000000000000cb";

const module = (image: { reference: string }, createOptions: object) => ({
  type: "docker",
  status: "running",
  restartPolicy: "always",
  settings: { image: image.reference, createOptions },
});
const manifestOf = (modules: object, edgeHub?: object) => ({
  modulesContent: {
    $edgeAgent: {
      "properties.desired": { schemaVersion: "1.1", systemModules: edgeHub === undefined ? {} : { edgeHub }, modules },
    },
  },
});
const hubPorts = { "443/tcp": [{ HostPort: "443" }], "5671/tcp": [{ HostPort: "5671" }] };

let directory: string;
let stack: Stack;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "listeners-"));
  await loadListeners(directory, Object.values(images));
  const installations = [
    {
      namespace: restricted,
      deployment: manifestOf(
        {
          web: module(images.root, { User: "1001", Cmd: ["443"], ExposedPorts: { "443/tcp": {} } }),
          own: module(images.own, { Cmd: ["8080"], "k8s-extensions": { user: "image" } }),
          capable: module(images.capable, { Cmd: ["8000"], HostConfig: { CapAdd: ["NET_BIND_SERVICE"] } }),
        },
        module(images.capable, { Cmd: ["443", "5671"], HostConfig: { PortBindings: hubPorts } }),
      ),
    },
    {
      namespace: hub,
      edgeAgent: { policy: { profile: "hub" } },
      deployment: manifestOf({ starter: module(images.root, { Cmd: ["8080"] }) }),
    },
    {
      namespace: docker,
      edgeAgent: { policy: { profile: "docker-like" } },
      deployment: manifestOf({
        plain: module(images.root, { Cmd: ["8080"] }),
        owner: module(images.root, { Cmd: ["8080"], HostConfig: { Privileged: true } }),
        everything: module(images.root, { Cmd: ["8080"], HostConfig: { CapAdd: ["ALL"] } }),
      }),
    },
  ].map((one) => ({ ...one, createNamespace: true, ...smallResources }));
  stack = await createStack("rights", installations);
  const up = await stack.run(["up", "--engine", "render", "--timeout", "240"]);
  expect(up.code, up.stderr).toBe(0);
}, 8 * minute);

afterAll(async () => {
  const down = await stack?.run(["down", "--engine", "render"]);
  await kubectl(["delete", "namespace", ...namespaces, "--ignore-not-found"]);
  await stack?.remove();
  await rm(directory, { recursive: true });
  expect(down?.code, down?.stderr).toBe(0);
}, 8 * minute);

const levelOf = async (namespace: string) =>
  (await items("namespaces")).find(({ metadata }) => metadata.name === namespace)?.metadata.labels?.[
    "pod-security.kubernetes.io/enforce"
  ];

describe("within Pod Security `restricted`", () => {
  it("01 the hub listens on 443 and 5671 as a normal user, from a program with a file capability", async () => {
    expect(await levelOf(restricted)).toBe("restricted");
    for (const port of [443, 5671]) {
      expect(await answer(restricted, "edgehub", port)).toMatchObject({ uid: "1000", bounding: bindService });
    }
    const [service] = (await items("services", ["-n", restricted])).filter(
      ({ metadata }) => metadata.name === "edgehub",
    );
    expect(service?.spec.ports.map(({ port }: { port: number }) => port)).toEqual([443, 5671]);
  });

  it("02 any module listens on 443 as the user that it names", async () => {
    expect(await answer(restricted, "web", 443)).toMatchObject({ uid: "1001", root: "read-only" });
  });

  it("03 an image runs as the user of its own", async () => {
    expect(await answer(restricted, "own", 8080)).toMatchObject({ uid: "10001", root: "read-only" });
  });

  it("04 a program with a file capability starts where the module may have it, and only there", async () => {
    expect(await answer(restricted, "capable", 8000)).toMatchObject({ uid: "1000" });
    const before = await readManifest(restricted);
    const next = structuredClone(before);
    modulesOf(next).capable.settings.createOptions = { Cmd: ["8000"] };
    await writeManifest(restricted, next);
    await waitFor("the refusal of the kernel", async () =>
      /operation not permitted/i.test(await logsOf("capable")) ? true : undefined,
    );
    await writeManifest(restricted, before);
    await readyPod(restricted, moduleSelector("capable"));
  });

  it("05 an image whose user is root is not started as its own user, and the status says why", async () => {
    const before = await readManifest(restricted);
    const next = structuredClone(before);
    modulesOf(next).own.settings.image = images.root.reference;
    await writeManifest(restricted, next);
    await waitFor("the reason", async () =>
      (await reported(restricted)).modules.own.statusDescription.includes("image will run as root") ? true : undefined,
    );
    await writeManifest(restricted, before);
    await readyPod(restricted, moduleSelector("own"));
  });
});

/** What containers of a module, also earlier ones, have written. */
async function logsOf(name: string): Promise<string> {
  const pods = await items("pods", ["-n", restricted, "-l", moduleSelector(name)]);
  const logs = pods.flatMap(({ metadata }) =>
    [[], ["--previous"]].map((more) => kubectl(["logs", metadata.name, "-n", restricted, "-c", name, ...more])),
  );
  return (await Promise.all(logs)).map(({ stdout }) => stdout).join();
}

describe("by a profile", () => {
  it("06 hub runs an image as it is made, within Pod Security `baseline`", async () => {
    expect(await levelOf(hub)).toBe("baseline");
    expect(await answer(hub, "starter", 8080)).toMatchObject({
      ...{ uid: "0", effective: handOver, bounding: handOver, root: "writable" },
    });
  });

  it("07 docker-like gives what Docker gives", async () => {
    expect(await answer(docker, "plain", 8080)).toMatchObject({
      ...{ uid: "0", effective: dockers, bounding: dockers, root: "writable" },
    });
  });

  it("08 a privileged module has every capability, and so has one that asks for all", async () => {
    // What the node can give at most.
    const [, all] = /CapBnd:\s*(\w+)/.exec(await readFile("/proc/self/status", "utf8")) ?? [];
    expect(all).not.toBe(dockers);
    for (const name of ["owner", "everything"]) {
      expect(await answer(docker, name, 8080)).toMatchObject({ uid: "0", effective: all });
    }
  });
});
