import { describe, expect, it } from "vitest";
import { defaultModuleSettings, policyProfiles } from "#contract";
import { installation, manifestText } from "../../../test/fakes/edge-installation.ts";
import { parseManifest } from "../../manifest/parse-manifest.ts";
import { podTemplate } from "./pod-template.ts";

function groupOf(createOptions: object, profile: "restricted" | "hub" = "restricted", assignedUsers = false) {
  const { policy, defaults } = policyProfiles[profile];
  const modules = { ...defaultModuleSettings, policy: { ...policy, root: true }, defaults };
  const parsed = parseManifest(manifestText({ db: { settings: { image: "r/db:1", createOptions } } }), modules);
  const [only] = parsed.ok ? parsed.manifest.modules : [];
  if (only === undefined) throw new Error(JSON.stringify(parsed));
  const target = { ...installation, settings: { ...installation.settings, modules, assignedUsers } };
  const { fsGroup, fsGroupChangePolicy } = podTemplate(only, target, "generation-1").spec?.securityContext ?? {};
  return fsGroup === undefined ? undefined : `${fsGroup} ${fsGroupChangePolicy}`;
}
const data = { HostConfig: { Binds: ["data:/data"] } };
const named = { volume: { name: "own", persistentVolumeClaim: { claimName: "own" } } };
const extension = (readOnly: boolean) => ({ volumes: [{ ...named, volumeMounts: [{ mountPath: "/d", readOnly }] }] });

describe("the group of a module's claims", () => {
  it.each([
    ["the usual user", data, "restricted"],
    ["the image's own user", { ...data, "k8s-extensions": { user: "image" } }, "restricted"],
    ["whichever user the image has", data, "hub"],
    ["a user of its own", { ...data, User: "1883:20" }, "restricted"],
    ["a claim that Kubernetes' own words name", { "k8s-experimental": extension(false) }, "restricted"],
  ] as const)("lets %s write to them", (_, createOptions, profile) => {
    expect(groupOf(createOptions, profile)).toBe("1000 OnRootMismatch");
  });

  it.each([
    ["no claim", { Volumes: { "/tmp/x": {} } }],
    ["claims that it reads alone", { HostConfig: { Binds: ["data:/data:ro"] } }],
    ["such claims in Kubernetes' own words", { "k8s-experimental": extension(true) }],
    ["root, who needs no group", { ...data, User: "0" }],
  ])("is not there for a module with %s", (_, createOptions) => expect(groupOf(createOptions)).toBeUndefined());

  it("is the platform's to give where that assigns users, unless the module names one", () => {
    expect(groupOf(data, "restricted", true)).toBeUndefined();
    expect(groupOf({ ...data, "k8s-experimental": { securityContext: { fsGroup: 7 } } }, "restricted", true)).toBe(
      "7 undefined",
    );
  });

  it("is the module's where it names one", () => {
    const securityContext = { fsGroup: 10001, fsGroupChangePolicy: "Always" };
    expect(groupOf({ ...data, "k8s-experimental": { securityContext } })).toBe("10001 Always");
    const always = { securityContext: { fsGroupChangePolicy: "Always" } };
    expect(groupOf({ ...data, "k8s-experimental": always })).toBe("1000 Always");
  });
});
