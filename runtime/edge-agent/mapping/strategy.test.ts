import { describe, expect, it } from "vitest";
import { annotations } from "#contract";
import { installation, modulesOf } from "../../../test/fakes/edge-installation.ts";
import { deploymentOf } from "./deployment.ts";

function specOf(createOptions: object, version?: string) {
  const settings = { image: "r/s:1", createOptions };
  const [module] = modulesOf({ sensor: { settings, ...(version === undefined ? {} : { version }) } });
  if (module === undefined) throw new Error("no module");
  return deploymentOf(module, installation, "generation-1").spec;
}
const defaults = { maxSurge: "25%", maxUnavailable: "25%" };
const stateless = { "k8s-extensions": { stateless: true } };

describe("a changed module", () => {
  it("has one pod at a time, whatever it has", () => {
    for (const options of [{}, { HostConfig: { Binds: ["data:/data"] } }, { ExposedPorts: { "80/tcp": {} } }])
      expect(specOf(options)?.strategy).toEqual({ type: "Recreate" });
  });

  it("may have two where it says that it is stateless, but for what is for one at a time", () => {
    expect(specOf(stateless)?.strategy).toEqual({ type: "RollingUpdate", rollingUpdate: defaults });
    const claim = { HostConfig: { Binds: ["data:/data"] } };
    const rollingUpdate = { maxSurge: 0, maxUnavailable: 1 };
    expect(specOf({ ...stateless, ...claim })?.strategy).toEqual({ type: "RollingUpdate", rollingUpdate });
  });

  it("is changed as it says itself", () => {
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: "2" } };
    const rollingUpdate = { ...defaults, maxSurge: 2 };
    expect(specOf({ "k8s-experimental": { strategy } })?.strategy).toEqual({ type: "RollingUpdate", rollingUpdate });
    expect(specOf({ ...stateless, "k8s-experimental": { strategy: { type: "Recreate" } } })?.strategy).toEqual({
      type: "Recreate",
    });
  });

  it("is made anew by another version alone", () => {
    const versions = [undefined, "1.0", "1.1"].map((version) => specOf({}, version)?.template);
    expect(versions.map((template) => template?.metadata?.annotations?.[annotations.moduleVersion])).toEqual([
      ...[undefined, "1.0", "1.1"],
    ]);
    expect(versions[1]?.spec).toEqual(versions[0]?.spec);
  });
});
