import { describe, expect, it } from "vitest";
import { checkConfig, loadConfig } from "./load-config.ts";
import { images, sampleSource } from "./test/sample-source.ts";

const edgeA = { namespace: "edge-a" };

function problemsOf(...source: Parameters<typeof sampleSource>) {
  const checked = checkConfig(sampleSource(...source));
  return "problems" in checked ? checked.problems : [];
}

function refusal(...source: Parameters<typeof sampleSource>) {
  const checked = checkConfig(sampleSource(...source));
  if (!("error" in checked)) throw new Error("was accepted");
  return checked.error;
}

describe("loadConfig", () => {
  it("fills in every default", () => {
    const { installations, cluster } = loadConfig(sampleSource({ images, installations: [edgeA] }));
    expect(cluster).toBeUndefined();
    expect(installations).toEqual([
      expect.objectContaining({
        name: "edge-a",
        namespace: "edge-a",
        deviceId: "edge-a",
        createNamespace: false,
        tokenReview: "delegator",
        nodeObserver: false,
        protect: false,
        imagePullPolicy: "IfNotPresent",
        trust: {
          rootDays: 3650,
          workloadCaDays: 730,
          earlyRenewalDays: 180,
          trustedCas: [],
          workloadCa: { id: "w1" },
        },
        networkPolicy: {
          ...{ enabled: true, apiServerAddresses: [], apiServerPorts: [443, 6443, 8443, 16443], dnsPorts: [53, 5353] },
        },
      }),
    ]);
  });

  it("names the device after the installation, and this after the namespace, unless told otherwise", () => {
    const written = [edgeA, { namespace: "b", name: "line-b" }, { namespace: "c", name: "line-c", deviceId: "Dev" }];
    const { installations } = loadConfig(sampleSource({ images, installations: written }));
    expect(installations.map(({ name, deviceId }) => [name, deviceId])).toEqual([
      ["edge-a", "edge-a"],
      ["line-b", "line-b"],
      ["line-c", "Dev"],
    ]);
  });

  it("gives manifests the variables that it lists, and lists none of tools and credentials", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
    const modules = { a: { settings: { image: "${REGISTRY}/a:1" } } };
    const desired = { "properties.desired": { schemaVersion: "1.1", modules } };
    const installations = [{ ...edgeA, deployment: { modulesContent: { $edgeAgent: desired } } }];
    const variable = (name: string) => (name === "REGISTRY" ? "registry.plant" : undefined);
    const written = { images, installations, deploymentVariables: ["REGISTRY"] };
    const { installations: read } = loadConfig(sampleSource(written, { variable }));
    expect(read[0]?.deployment).toContain('"registry.plant/a:1"');
    const listed = ["EDGE_AGE_KEY", "REGISTRY", "AWS_ACCESS_KEY_ID", "a b"];
    expect(problemsOf({ images, installations: [edgeA], deploymentVariables: listed.slice(0, 3) })).toMatchObject([
      { path: "deploymentVariables[0]", found: "names EDGE_AGE_KEY, which is a variable of the tools that deploy" },
      { path: "deploymentVariables[2]", found: "names AWS_ACCESS_KEY_ID, which is called like a credential" },
    ]);
    expect(problemsOf({ images, installations: [edgeA], deploymentVariables: listed })).toMatchObject([
      { path: "deploymentVariables[3]" },
    ]);
  });

  it("leaves the source's values as they were", () => {
    const values = Object.freeze({ images, installations: Object.freeze([Object.freeze({ ...edgeA })]) });
    expect(loadConfig(sampleSource(values)).installations).toHaveLength(1);
  });

  it("throws one error that lists all problems, each with place, finding, what is allowed and remedy", () => {
    const installations = [{ namespace: "Edge_A" }, { namespace: "b", nodeObserver: "yes" }, {}];
    const error = refusal({ images, installations, kubernetis: {} });
    expect(() => loadConfig(sampleSource({ images, installations, kubernetis: {} }))).toThrow(error.message);
    expect(error.code).toBe("EDGE_CONFIG_INVALID");
    expect(error.message.split("\n")).toEqual([
      "the configuration of stack test has 4 problems:",
      "  - kubernetis is not a known key; it must be one of installations, images, clusterObjects, deploymentVariables, registries, imagesFile, kubernetes. Did you mean kubernetes?",
      '  - installations[0].namespace is "Edge_A"; it must be a DNS label: at most 63 of a-z, 0-9 and -, first and last of them no -. Write it like edge-a.',
      '  - installations[1].nodeObserver is "yes"; it must be true or false. Write true or false without quotes.',
      "  - installations[2].namespace is missing; it must be a DNS label: at most 63 of a-z, 0-9 and -, first and last of them no -. Add it, such as edge-a.",
    ]);
  });

  it("has a code of its own for a missing list of images, when that is all that is wrong", () => {
    expect(refusal({ installations: [edgeA] })).toMatchObject({
      code: "EDGE_CONFIG_IMAGES_MISSING",
      remedy: expect.stringContaining("edgectl images build"),
    });
    expect(refusal({ installations: [{}] }).code).toBe("EDGE_CONFIG_INVALID");
    expect(problemsOf({ installations: [{}] }).map(({ path }) => path)).toEqual([
      "installations[0].namespace",
      "imagesFile",
    ]);
  });

  it("reports more problems than anyone wants to read as a number", () => {
    const message = refusal({ images, installations: Array.from({ length: 80 }, () => ({})) }).message;
    expect(message.split("\n")).toHaveLength(52);
    expect(message).toContain("and 30 more");
  });
});

describe("the admission policy", () => {
  it.each<[object, boolean]>([
    [{}, true],
    [{ admissionPolicy: true }, true],
    [{ admissionPolicy: false, admissionPolicyOffBecause: "ticket 4711" }, false],
  ])("of %j is %s", (edgeAgent, isOn) => {
    const { installations } = loadConfig(sampleSource({ images, installations: [{ ...edgeA, edgeAgent }] }));
    expect(installations[0]?.edgeAgent.admissionPolicy).toBe(isOn);
  });
});

describe("a configuration is refused", () => {
  const installation = (extra: object) => ({ images, installations: [{ ...edgeA, ...extra }] });
  it.each([
    ["without installations", { images }, "installations", "is missing"],
    ["with an empty list of them", { images, installations: [] }, "installations", "is a list"],
    ["with something else in their place", { images, installations: "edge-a" }, "installations", 'is "edge-a"'],
    ["with an installation that is no map", { images, installations: [null] }, "installations[0]", "is null"],
    [
      "without the admission policy, and without a reason",
      installation({ edgeAgent: { admissionPolicy: false } }),
      "installations[0].edgeAgent.admissionPolicy",
      "is false without a reason",
    ],
    [
      "with a reason against the admission policy, which is on",
      installation({ edgeAgent: { admissionPolicyOffBecause: "I want to" } }),
      "installations[0].edgeAgent.admissionPolicyOffBecause",
      "gives a reason for what is on",
    ],
    [
      "with images' users that the policy does not let modules have",
      installation({ edgeAgent: { moduleUser: "docker" } }),
      "installations[0].edgeAgent",
      "policy.root is not true",
    ],
    [
      "with an unknown key deep inside",
      installation({ iotedged: { replica: 2 } }),
      "installations[0].iotedged.replica",
      "is not a known key",
    ],
    ["with a number where a text belongs", installation({ hubHostname: 7 }), "installations[0].hubHostname", "is 7"],
    [
      "with a text where a number belongs",
      installation({ iotedged: { replicas: "2" } }),
      "installations[0].iotedged.replicas",
      'is "2"',
    ],
    [
      "with too many replicas",
      installation({ iotedged: { replicas: 11 } }),
      "installations[0].iotedged.replicas",
      "is 11",
    ],
    [
      "with an unquoted quantity",
      installation({ proxy: { resources: { limits: { cpu: 1 } } } }),
      "installations[0].proxy.resources.limits.cpu",
      "is 1",
    ],
    [
      "with a quantity that is none",
      installation({ proxy: { resources: { limits: { cpu: "1 core" } } } }),
      "installations[0].proxy.resources.limits.cpu",
      'is "1 core"',
    ],
    [
      "with an unknown choice",
      installation({ tokenReview: "minimum" }),
      "installations[0].tokenReview",
      'is "minimum"',
    ],
    ["with an empty key", installation({ trust: null }), "installations[0].trust", "is null"],
    [
      "with a port that is none",
      installation({ networkPolicy: { dnsPorts: [0] } }),
      "installations[0].networkPolicy.dnsPorts[0]",
      "is 0",
    ],
    [
      "with a host name for an address",
      installation({ networkPolicy: { apiServerAddresses: ["api.example.com"] } }),
      "installations[0].networkPolicy.apiServerAddresses[0]",
      'is "api.example.com"',
    ],
    [
      "with no port at all",
      installation({ networkPolicy: { apiServerPorts: [] } }),
      "installations[0].networkPolicy.apiServerPorts",
      "is a list",
    ],
    [
      "with a name that is too long",
      installation({ name: "a".repeat(64) }),
      "installations[0].name",
      `is "${"a".repeat(64)}"`,
    ],
    [
      "with early renewal as long as the life",
      installation({ trust: { earlyRenewalDays: 730 } }),
      "installations[0].trust.earlyRenewalDays",
      "is 730",
    ],
    [
      "with a root that ends before its workload CA",
      installation({ trust: { rootDays: 700 } }),
      "installations[0].trust.rootDays",
      "is 700",
    ],
    [
      "with two sources of the deployment",
      installation({ deployment: {}, deploymentFile: "a.json" }),
      "installations[0].deploymentFile",
      "stands beside deployment",
    ],
    [
      "with two sources of images",
      { ...installation({}), imagesFile: "images.json" },
      "imagesFile",
      "stands beside images",
    ],
    [
      "with only some images",
      { ...installation({}), images: { iotedged: "a", proxy: "b" } },
      "images.edgeAgent",
      "is missing",
    ],
    [
      "with an image that is none",
      { ...installation({}), images: { ...images, proxy: "a b" } },
      "images.proxy",
      'is "a b"',
    ],
    [
      "with a namespace that is taken",
      { images, installations: [edgeA, edgeA] },
      "installations[1].namespace",
      'is "edge-a", as in installations[0]',
    ],
    [
      "with a name that is taken",
      {
        images,
        installations: [
          { namespace: "a", name: "x" },
          { namespace: "b", name: "x" },
        ],
      },
      "installations[1].name",
      'is "x", which is the name of installations[0] too',
    ],
    [
      "with a name that another has by default",
      { images, installations: [{ namespace: "a", name: "b" }, { namespace: "b" }] },
      "installations[0].name",
      'is "b", which is the name of installations[1] too',
    ],
  ])("%s", (_, values, path, found) => {
    expect(problemsOf(values)).toEqual([expect.objectContaining({ path, found: expect.stringContaining(found) })]);
  });

  it("for contradictions beside faults of other keys", () => {
    const installations = [
      { ...edgeA, protect: 1 },
      { ...edgeA, trust: { rootDays: 1 } },
    ];
    expect(problemsOf({ images, installations }).map(({ path }) => path)).toEqual([
      "installations[0].protect",
      "installations[1].namespace",
      "installations[1].trust.rootDays",
    ]);
  });

  it("when it is nested beyond reason", () => {
    const bottomless = JSON.parse(`${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`);
    expect(problemsOf(installation({ deployment: bottomless }))).toEqual([
      expect.objectContaining({ found: "is nested too deep" }),
    ]);
  });
});

describe("secrets in the configuration", () => {
  it("are refused where they would end up readable", () => {
    const values = {
      images,
      installations: [{ namespace: "hunter2!" }, { namespace: "hunter2" }, { namespace: "hunter2" }],
    };
    const error = refusal(values, { secretKeys: new Set(["installations"]) });
    expect(error.message).toContain("installations is encrypted");
    expect(error.message).not.toContain("hunter2");
  });

  it("are not printed when the cluster's are of the wrong form", () => {
    const error = refusal({ images, installations: [edgeA], kubernetes: { context: "a", kubeconfig: 4711 } });
    expect(error.message).toContain("kubernetes.kubeconfig holds a secret of the wrong form");
    expect(error.message).not.toContain("4711");
  });

  const key = "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==";
  const string = `HostName=hub.example;DeviceId=d;SharedAccessKey=${key}`;
  const dps = { source: "dps", existingSecret: "s", idScope: "0ne0", registrationId: "d" };
  it.each([
    ["the password of a proxy", { provisioning: { ...dps, httpsProxy: `http://u:${key.repeat(3)}@proxy:3128` } }],
    ["the password of a service", { provisioning: { ...dps, globalEndpoint: `https://u:${key}@service` } }],
    ["a connection string as the hub's name", { hubHostname: string }],
    ["a connection string as the Secret's name", { provisioning: { source: "manual", existingSecret: string } }],
    ["a device's key as the scope", { provisioning: { ...dps, idScope: key } }],
  ])("are not printed where they do not belong: %s", (_, changes) => {
    const { message } = refusal({ images, installations: [{ ...edgeA, ...changes }] });
    expect(message).toContain("holds a secret of the wrong form; it must be");
    expect(message).not.toContain(key.slice(0, 8));
  });

  it("are not printed for unknown keys", () => {
    expect(refusal({ images, installations: [{ ...edgeA, password: "hunter2" }] }).message).not.toContain("hunter2");
  });

  it("are accepted in the kubeconfig", () => {
    const kubernetes = { context: "a", kubeconfig: "apiVersion: v1\nkind: Config\n" };
    const { cluster } = loadConfig(
      sampleSource({ images, installations: [edgeA], kubernetes }, { secretKeys: new Set(["kubernetes"]) }),
    );
    expect(cluster).toMatchObject({ holdsContent: true, kubeconfig: kubernetes.kubeconfig });
  });

  it("leaves it to a provisioning service to name the hub and the device", () => {
    const provisioning = {
      ...{ source: "dps", idScope: "0ne00000001", registrationId: "line-1", existingSecret: "line-1-device" },
    };
    const [installation] = loadConfig(
      sampleSource({ images, installations: [{ ...edgeA, provisioning }] }),
    ).installations;
    expect(installation).toMatchObject({ provisioning });
    expect(installation).not.toHaveProperty("deviceId");
    const said = { ...edgeA, provisioning, hubHostname: "myhub.azure-devices.net" };
    expect(problemsOf({ images, installations: [said] })).toMatchObject([{ path: "installations[0].hubHostname" }]);
  });

  it("connects an installation to IoT Hub, which has its manifest then", () => {
    const provisioning = { source: "manual", existingSecret: "line-1-device" };
    const connected = { ...edgeA, hubHostname: "myhub.azure-devices.net", provisioning };
    const [installation] = loadConfig(sampleSource({ images, installations: [connected] })).installations;
    expect(installation).toMatchObject({ provisioning, hubHostname: "myhub.azure-devices.net", deviceId: "edge-a" });
    expect(installation).not.toHaveProperty("deployment");
    const refused = (changes: object) => problemsOf({ images, installations: [{ ...connected, ...changes }] });
    for (const [key, value] of Object.entries({
      deployment: {},
      deploymentFile: "d.json",
      deploymentLayers: ["l.json"],
    })) {
      expect(refused({ [key]: value })).toMatchObject([
        {
          path: `installations[0].${key}`,
          found: "stands beside provisioning",
          allowed: expect.stringContaining("IoT Hub"),
        },
      ]);
    }
    expect(refused({ hubHostname: "standalone.iotedge.internal" })).toMatchObject([
      { path: "installations[0].hubHostname", found: "names no hub" },
    ]);
    expect(refused({ provisioning: { source: "manual" } })).toMatchObject([
      { path: "installations[0].provisioning.existingSecret" },
    ]);
    expect(refused({ provisioning: { ...provisioning, connectionString: "HostName=a" } })).toMatchObject([
      { path: "installations[0].provisioning.connectionString" },
    ]);
  });
});
