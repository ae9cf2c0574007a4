import { describe, expect, it } from "vitest";
import { installation, manifestText } from "../../../test/fakes/edge-installation.ts";
import { parseManifest } from "../../manifest/parse-manifest.ts";
import { withDesiredHash } from "../../shared/reconcile/desired-hash.ts";
import { pullerOf } from "./puller.ts";
import { type Workload, workloadOf } from "./workload.ts";

interface Given {
  readonly image?: string;
  readonly version?: string;
  readonly createOptions?: object;
  readonly proxy?: string;
  readonly id?: string;
  readonly movingTags?: "always";
  readonly [field: string]: unknown;
}

function workload({
  image = "r/s:1",
  createOptions = {},
  proxy = "r/proxy:1",
  id = "sensor",
  movingTags,
  ...fields
}: Given): Workload {
  const parsed = parseManifest(manifestText({ [id]: { ...fields, settings: { image, createOptions } } }));
  const [module] = parsed.ok ? parsed.manifest.modules : [];
  if (module === undefined) throw new Error(JSON.stringify(parsed));
  const { settings } = installation;
  const modules = { ...settings.modules, ...(movingTags === undefined ? {} : { movingTags }) };
  const target = { ...installation, settings: { ...settings, modules, proxy: { ...settings.proxy, image: proxy } } };
  return withDesiredHash(workloadOf(module, target, "generation-1"));
}

const running = (given: Given) => {
  const made = workload(given);
  return { ...made, status: made.kind === "Job" ? { active: 1 } : { readyReplicas: 1 } } as Workload;
};
const fetched = (desired: Given, live: Workload, id = "sensor") => {
  const puller = pullerOf(workload(desired), live, id, installation);
  return puller?.object.spec?.template.spec?.containers.map(({ image, imagePullPolicy }) => [image, imagePullPolicy]);
};

describe("before a running module is stopped for another one", () => {
  it("its new image is fetched, and the proxy's where that is another one", () => {
    expect(fetched({ image: "r/s:2" }, running({}))).toEqual([["r/s:2", "IfNotPresent"]]);
    expect(fetched({ image: "r/s:2", proxy: "r/proxy:2" }, running({}))).toEqual([
      ["r/s:2", "IfNotPresent"],
      ["r/proxy:2", "IfNotPresent"],
    ]);
    expect(fetched({ image: "r/s:2", restartPolicy: "never" }, running({ restartPolicy: "never" }))).toHaveLength(1);
  });

  it("a moving tag is fetched anew for another version, also when nothing runs, and no other tag is", () => {
    const named = { image: "r/s:1", version: "1.0" };
    expect(fetched({ ...named, version: "1.1" }, running(named))).toBeUndefined();
    const bumped = [["r/s:latest", "Always"]];
    const before = { image: "r/s:latest", version: "1.0" };
    expect(fetched({ ...before, version: "1.1" }, running(before))).toEqual(bumped);
    expect(fetched({ ...before, version: "1.1" }, workload(before))).toEqual(bumped);
  });

  it("an image is fetched that its node asks the registry for at each start, as soon as anything changes", () => {
    const image = "r/s:latest";
    const change = { image, env: { A: { value: "1" } } };
    expect(fetched({ ...change, movingTags: "always" }, running({ image, movingTags: "always" }))).toEqual([
      [image, "Always"],
    ]);
    expect(fetched({ image, movingTags: "always" }, running({ image, movingTags: "always" }))).toBeUndefined();
    expect(fetched(change, running({ image }))).toBeUndefined();
  });

  it.each<[string, Given, Workload]>([
    ["has the image", { env: { A: { value: "1" } } }, running({})],
    ["does not run: there is nothing to keep", { image: "r/s:2" }, workload({})],
    ["is to be stopped", { image: "r/s:2", status: "stopped" }, running({})],
    ["never fetches", { image: "r/s:2", imagePullPolicy: "never" }, running({ imagePullPolicy: "never" })],
    ["had no version before", { version: "1.0" }, running({})],
    ["names a digest", { image: `r/s@sha256:${"0".repeat(64)}`, version: "2" }, workload({ version: "1" })],
    [
      "is stateless, so that Kubernetes keeps old pods itself",
      { image: "r/s:2", createOptions: { "k8s-extensions": { stateless: true } } },
      running({}),
    ],
  ])("nothing is fetched when it %s", (_, desired, live) => expect(fetched(desired, live)).toBeUndefined());
});

describe("what fetches images", () => {
  const objectOf = (desired: Given, id?: string) =>
    pullerOf(workload(desired), running(id === undefined ? {} : { id }), id ?? "sensor", installation);

  it("is one for all modules that wait for the proxy's image alone, and one for each for its own", () => {
    const names = (desired: Given) =>
      ["a", "b"].map((id) => objectOf({ ...desired, id }, id)?.object.metadata.name ?? "none");
    expect(new Set(names({ proxy: "r/proxy:2" })).size).toBe(1);
    expect(new Set(names({ image: "r/s:2" })).size).toBe(2);
  });

  it("is another one for another version", () => {
    const image = "r/s:latest";
    const live = running({ image, version: "1" });
    const names = ["2", "3"].map((version) => pullerOf(workload({ image, version }), live, "sensor", installation));
    expect(new Set(names.map((one) => one?.object.metadata.name)).size).toBe(2);
  });

  it("is called as nobody tells beforehand, and always the same", () => {
    const nameIn = (uid: string) =>
      pullerOf(workload({ image: "r/s:2" }), running({ image: "r/s:1" }), "sensor", {
        ...installation,
        owner: { ...installation.owner, uid },
      })?.object.metadata.name;
    expect(nameIn("u1")).toBe(nameIn("u1"));
    expect(nameIn("u1")).not.toBe(nameIn("u2"));
  });

  it("has nothing of the module but its images, their Secrets, and where it runs", () => {
    const createOptions = {
      HostConfig: { Binds: ["data:/data"], CapAdd: ["NET_BIND_SERVICE"] },
      "k8s-experimental": { nodeSelector: { "kubernetes.io/arch": "arm64" } },
    };
    const { object } = objectOf({ image: "r/s:2", createOptions, env: { SECRET: { value: "s" } } }) ?? {};
    expect(object?.metadata.name).toMatch(/^iotedge-pull[.][0-9a-f]{20}$/);
    const { containers, affinity, ...pod } = object?.spec?.template.spec ?? {};
    expect(pod).toEqual({
      nodeSelector: { "kubernetes.io/arch": "arm64" },
      imagePullSecrets: [{ name: "registry" }],
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(JSON.stringify(affinity)).toContain('"net.azure-devices.edge.module":"sensor"');
    expect(containers).toEqual([
      {
        name: "image-1",
        image: "r/s:2",
        imagePullPolicy: "IfNotPresent",
        command: [`/dev/null/${object?.metadata.name}`],
        resources: installation.settings.proxy.resources,
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          privileged: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          runAsUser: 1000,
        },
      },
    ]);
  });
});

it("what fetches an image names no user where the platform assigns them", () => {
  const userOf = (assignedUsers: boolean) => {
    const target = { ...installation, settings: { ...installation.settings, assignedUsers } };
    const puller = pullerOf(workload({ image: "r/s:2" }), running({}), "sensor", target);
    return puller?.object.spec?.template.spec?.containers.map(({ securityContext }) => securityContext?.runAsUser);
  };
  expect([userOf(false), userOf(true)]).toEqual([[1000], [undefined]]);
});
