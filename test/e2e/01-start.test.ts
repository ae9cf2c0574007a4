import { describe, expect, inject, it } from "vitest";
import { moduleObjectName } from "#contract";
import { edgectl } from "../support/edgectl.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, moduleSelector, readyPod, reported } from "./cluster.ts";

const namespaces = ["edge-a", "edge-b"];
const modules = ["consumer", "sensor"];
const moduleIds = [...modules, "$edgeHub"];

describe("npm start: two installations run in a real cluster", () => {
  it("01 prints what runs, who may do what, and a signed call", () => {
    const output = inject("startOutput");
    for (const word of [...namespaces, ...moduleIds, "iotedged", "edgeagent", "digest"]) expect(output).toContain(word);
  });

  it.each(namespaces)("02 has iotedged, EdgeAgent and three modules Ready in %s", async (namespace) => {
    await readyPod(namespace, "app.kubernetes.io/name=iotedged");
    await readyPod(namespace, "app.kubernetes.io/name=edgeagent");
    for (const name of moduleIds) await readyPod(namespace, moduleSelector(moduleObjectName(name)));
  });

  it.each(namespaces)("03 reports the modules of %s as running, in IoT Edge's shape", async (namespace) => {
    const status = await waitFor("all modules running", async () => {
      const now = await reported(namespace);
      const all = [...modules.map((name) => now.modules[name]), now.systemModules.edgeHub];
      return all.every((module) => module?.runtimeStatus === "running") ? now : undefined;
    });
    expect(status.lastDesiredStatus.code).toBe(200);
    expect(Object.keys(status.modules).sort()).toEqual(modules);
  });

  it.each(namespaces)("04 shows messages of %s flowing from module to module", (namespace) => {
    const line = (module: string) => new RegExp(`^${namespace} +${module} +(\\d+) +(\\d+)$`, "m");
    const [, sent] = line("sensor").exec(inject("startOutput")) ?? [];
    const [, , received] = line("consumer").exec(inject("startOutput")) ?? [];
    expect(Number(sent)).toBeGreaterThan(0);
    expect(Number(received)).toBeGreaterThan(0);
  });

  it("05 tells the architectures of the nodes only where the node-observer exists", async () => {
    expect((await reported("edge-a")).runtime.platform.architecture).toContain("nodes_count");
    expect((await reported("edge-b")).runtime.platform.architecture).not.toContain("nodes_count");
  });

  it("06 writes nothing once everything is as declared", async () => {
    const versions = async () =>
      (await items("serviceaccounts,services,deployments", ["-A", "-l", "app.kubernetes.io/part-of=iotedge"])).map(
        ({ kind, metadata }) =>
          `${kind} ${metadata.namespace}/${metadata.name} ${metadata.generation ?? metadata.resourceVersion}`,
      );
    const before = await versions();
    const again = await edgectl(["up", "--stack", "local", "--engine", "render"]);
    expect(again.stderr + again.stdout).not.toContain("error");
    expect(again.code).toBe(0);
    expect(await versions()).toEqual(before);
  });

  it("07 shows all of it by edgectl status", async () => {
    const status = await edgectl(["status", "--json"]);
    expect(status.code).toBe(0);
    const text = JSON.stringify(JSON.parse(status.stdout));
    for (const word of [...namespaces, ...moduleIds]) expect(text).toContain(word);
  });
});
