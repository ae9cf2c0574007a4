import { strFromU8, unzipSync } from "fflate";
import { beforeEach, describe, expect, it } from "vitest";
import { annotations, labels, objectNames } from "#contract";
import { FakeClock } from "../../../../test/fakes/clock.ts";
import type { ApiClient, ApiRequest } from "../../../shared/kubernetes/api-client.ts";
import type { PodLogRequest } from "../logs/pod-log-source.ts";
import { createSlots } from "../slots.ts";
import { parseBundleQuery } from "./bundle-query.ts";
import { createSupportBundle } from "./support-bundle.ts";

const installation = { name: "line-1", namespace: "edge-a" };
const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
const canary = "canary-4711";
const clock = new FakeClock(Date.parse("2026-03-01T12:00:00Z"));
const query = parseBundleQuery(new URLSearchParams(), clock.now());

let collections: Record<string, object[][]>;
let logs: Record<string, string>;
let opened: PodLogRequest[];

function pod(name: string, own: Record<string, string>, restarts = 0): object {
  const statusOf = (container: string) => ({ name: container, restartCount: restarts });
  return {
    metadata: { name, labels: own, annotations: { [annotations.moduleId]: "Sensor", "example.com/note": canary } },
    spec: {
      containers: [{ name, env: [{ name: "PASSWORD", value: canary }], command: ["run", canary], args: [canary] }],
    },
    status: { initContainerStatuses: [statusOf("proxy")], containerStatuses: [statusOf(name)] },
  };
}

beforeEach(() => {
  const iotedged = { "app.kubernetes.io/name": "iotedged", "app.kubernetes.io/instance": "line-1" };
  collections = {
    pods: [[pod("iotedged", iotedged)], [pod("sensor", { [labels.module]: "sensor" }, 2), pod("stranger", {})]],
    configmaps: [
      [
        { metadata: { name: objectNames.deployment }, data: { "deployment.json": canary } },
        { metadata: { name: objectNames.iotedgedConfig }, data: { "config.json": "{}" } },
      ],
    ],
  };
  logs = {};
  opened = [];
});

const client = {
  call: async ({ path, query: { continue: next } = {} }: ApiRequest) => {
    const pages = collections[path.split("/").at(-1) ?? ""] ?? [[]];
    const index = Number(next ?? 0);
    return { metadata: index + 1 < pages.length ? { continue: String(index + 1) } : {}, items: pages[index] };
  },
} as unknown as ApiClient;

async function* bytes(text: string) {
  yield Buffer.from(text);
}

async function bundle(wanted = query): Promise<Record<string, string>> {
  const make = createSupportBundle({
    client,
    installation,
    jobs: true,
    logs: async (request) => {
      opened.push(request);
      const text = logs[`${request.pod}/${request.container}`];
      if (text === undefined) throw new Error(canary);
      return bytes(text);
    },
    metrics: async () => "up 1\n",
    slots: createSlots(1),
    ending: new AbortController().signal,
    clock,
  });
  const parts: Uint8Array[] = [];
  for await (const part of make(wanted, new AbortController().signal)) parts.push(part);
  return Object.fromEntries(
    Object.entries(unzipSync(Buffer.concat(parts))).map(([name, data]) => [name, strFromU8(data)]),
  );
}

describe("a support bundle", () => {
  it("has objects by page, metrics, logs of the installation's pods, and what it is", async () => {
    const files = await bundle();
    expect(Object.keys(files)).toEqual([
      ...["objects/pods-1.json", "objects/pods-2.json", "objects/deployments-1.json", "objects/jobs-1.json"],
      ...[
        "objects/services-1.json",
        "objects/serviceaccounts-1.json",
        "objects/configmaps-1.json",
        "objects/events-1.json",
      ],
      "metrics/iotedged.prom",
      ...["logs/iotedged/proxy.log", "logs/iotedged/iotedged.log", "logs/sensor/proxy.log"],
      ...["logs/sensor/proxy.previous.log", "logs/sensor/sensor.log", "logs/sensor/sensor.previous.log"],
      "bundle.json",
    ]);
    expect(JSON.parse(files["bundle.json"] ?? "")).toMatchObject({
      installation,
      complete: false,
      missing: expect.arrayContaining([{ what: "logs/iotedged/proxy.log", problem: "it could not be read" }]),
      logs: { since: "2026-02-28T12:00:00.000Z", until: "2026-03-01T12:00:00.000Z", runtimeOnly: false },
    });
  });

  it("has the runtime's logs alone when asked for", async () => {
    const files = await bundle({ ...query, runtimeOnly: true });
    expect(Object.keys(files).filter((name) => name.startsWith("logs/"))).toEqual([
      "logs/iotedged/proxy.log",
      "logs/iotedged/iotedged.log",
    ]);
  });

  it("has of a log what was asked for, less tokens and keys", async () => {
    const line = (time: string, text: string) => `2026-03-01T${time}Z ${text}\n`;
    logs["sensor/sensor"] = [
      line("11:00:00", `Authorization: Bearer ${token}`),
      line("11:00:01", `SharedAccessSignature sr=hub&sig=${canary}&se=1`),
      line("11:00:02", "-----BEGIN EC PRIVATE KEY-----"),
      `${Buffer.from(canary).toString("base64")}\n`,
      "-----END EC PRIVATE KEY-----\n",
      line("11:00:03", "fine"),
      line("12:00:01", "too late"),
    ].join("");
    const files = await bundle();
    expect(files["logs/sensor/sensor.log"]?.split("\n").map((text) => text.slice(21))).toEqual([
      "Authorization: Bearer [redacted]",
      "SharedAccessSignature sr=hub&sig=[redacted]&se=1",
      "[redacted]",
      "fine",
      "",
    ]);
    expect(files["logs/sensor/sensor.log"]).not.toContain(Buffer.from(canary).toString("base64"));
    expect(opened[0]).toMatchObject({ follow: false, timestamps: true, since: query.since });
  });

  it("never has the value of a variable, a command, an annotation, a ConfigMap or an unknown error", async () => {
    const text = Object.values(await bundle()).join("\n");
    expect(text).not.toContain(canary);
    for (const kept of ["PASSWORD", "example.com/note", "[11 bytes]", '"config.json": "{}"', "Sensor"]) {
      expect(text).toContain(kept);
    }
  });
});

describe("the query of a support bundle", () => {
  it("reads times and edge_runtime_only, and takes what has no meaning here", () => {
    const text = "since=2h&until=1h&host=h&iothub_hostname=i&edge_runtime_only=true&api-version=2020-07-07";
    const now = clock.now();
    const expected = { since: now - 7_200_000, until: now - 3_600_000, runtimeOnly: true };
    expect(parseBundleQuery(new URLSearchParams(text), now)).toEqual(expected);
    expect(() => parseBundleQuery(new URLSearchParams("edge_runtime_only=maybe"), now)).toThrow(/edge_runtime_only/);
  });
});
