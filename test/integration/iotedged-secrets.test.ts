import { KubeConfig } from "@kubernetes/client-node";
import { strFromU8, unzipSync } from "fflate";
import { Agent } from "undici";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { noFeatures, tokenAudience } from "#contract";
import { managementRoutes } from "../../runtime/iotedged/management/routes.ts";
import { workloadRoutes } from "../../runtime/iotedged/workload/routes.ts";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { type Created, createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { encodedMark, mark, provocationsOf, type Tokens } from "./iotedged-secrets/provocations.ts";
import { type RawAnswer, sendRaw } from "./iotedged-secrets/raw-request.ts";

const features = { ...noFeatures, moduleLogs: true, moduleRestart: true, supportBundle: true };
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const apis = [
  ["management", managementRoutes],
  ["workload", workloadRoutes],
] as const;

let namespace: TestNamespace;
let network: TcpProxy;
let iotedged: RunningIotedged;
let sensor: Created;
let tokens: Tokens;
/** What must be nowhere but where it belongs. */
const secrets = new Set<string>([mark, encodedMark]);
const statuses = new Map<number, number>();

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-secrets", features);
  const { name } = namespace;
  sensor = await namespace.createAccount("sensor", "sensor");
  await namespace.createAccount("stranger");
  tokens = await createTokens();
  const direct = await namespace.kubeConfigOf("iotedged");
  const [cluster, user] = [direct.getCurrentCluster(), direct.getCurrentUser()];
  if (cluster === null || user === null) throw new Error("the kubeconfig names no cluster or user");
  network = await startTcpProxy({ target: new URL(cluster.server), delay: 0 });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ ...cluster, server: `https://127.0.0.1:${network.port}` }, user);
  const limits = { requestsPerSecond: 100_000, certificatesPerMinute: 2 };
  const settings = { features, limits, logLevel: "debug" } as const;
  iotedged = await startIotedged({ kubeConfig, name, namespace: name, settings });
  await waitFor("readiness", async () => (await iotedged.ready()).ok || undefined);
  keep(user.token ?? "");
  for (const line of iotedged.ca.keyPem.split("\n").filter((text) => text.length > 30)) keep(line);
});

afterAll(async () => {
  await iotedged?.stop();
  await network?.close();
  await namespace?.remove();
});

/** A token is as secret in its parts; the head alone is that of every token. */
function keep(secret: string): void {
  for (const part of [secret, ...secret.split(".").slice(1)]) if (part.length > 8) secrets.add(part);
}

async function tokenOf(account: string): Promise<string> {
  const audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
  const pod = await namespace.createPod(`${account}-1`, account);
  return namespace.token(account, { audience, pod });
}

async function createTokens(): Promise<Tokens> {
  const made: Tokens = {
    sensor: await tokenOf("sensor"),
    edgeAgent: await tokenOf("edgeagent"),
    stranger: await tokenOf("stranger"),
    otherAudience: await namespace.token("sensor"),
    forged: forge(mark),
  };
  for (const token of Object.values(made)) keep(token);
  return made;
}

function forge(subject: string): string {
  const audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
  const claims = { aud: [audience], exp: Date.now() / 1000 + 3600, sub: subject };
  return `${encode({ alg: "RS256" })}.${encode(claims)}.${encode({ mark })}`;
}

function found(text: string): string[] {
  return [...secrets].filter((secret) => text.includes(secret));
}

async function provokeAll(api: "management" | "workload", routes: object): Promise<void> {
  const endpoint = { port: iotedged.daemon.ports[api], ca: iotedged.ca.certificatePem };
  for (const [name, route] of Object.entries(routes)) {
    for (const request of provocationsOf(route, tokens, sensor.metadata.uid)) {
      const answer = await sendRaw(endpoint, request);
      count(answer);
      const error = answer.status >= 400 || answer.status === 0;
      if (error) expect([name, answer.status, found(answer.text)]).toEqual([name, answer.status, []]);
    }
  }
}

function count({ status }: RawAnswer): void {
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
}

describe("tokens, keys and the content of requests", () => {
  it.each(apis)("are in no error of the %s API, whatever goes wrong", provokeAll, 300_000);

  it("are in no error while the API server is away", async () => {
    network.set("refuse");
    // One that iotedged has not refused before: what it has, it would refuse again without asking.
    tokens = { ...tokens, forged: forge(`${mark}-later`) };
    keep(tokens.forged);
    try {
      await provokeAll("workload", { sign: workloadRoutes["workload.sign"] });
      await provokeAll("management", { logs: managementRoutes["management.module.logs"] });
    } finally {
      network.set("forward");
    }
  });

  it("have met every kind of error", () => {
    const seen = [...statuses.keys()];
    expect(seen).toEqual(expect.arrayContaining([400, 401, 403, 404, 405, 409, 413, 429, 431, 503]));
    expect(statuses.get(0) ?? 0).toBe(0);
  });

  it("are not in the log, nor is what modules were given", async () => {
    const body = { keyId: "primary", algo: "HMACSHA256", data: encodedMark };
    const path = `/modules/sensor/genid/${sensor.metadata.uid}/sign`;
    await waitFor("a signature", async () => {
      const { status, json } = await iotedged.call("workload", tokens.sensor, path, body);
      if (status === 200) keep(json.digest);
      return status === 200 || undefined;
    });
    const log = iotedged.log.join("");
    expect(log).toContain('"moduleId":"sensor"');
    expect(log).toContain('"audit":"refused"');
    expect(log).toContain(`"account":"system:serviceaccount:${namespace.name}:stranger"`);
    // Not as a name of Kubernetes either, which is what a module in a path is told by.
    expect(log).not.toContain(`${mark}-name`.toLowerCase());
    expect(found(log)).toEqual([]);
  });

  it("are in no metric", async () => {
    const metrics = await iotedged.metrics();
    expect(metrics).toContain('iotedge_rejected_total{reason="token-refused"}');
    expect(found(metrics)).toEqual([]);
  });

  it("are in no Event and in no ConfigMap", async () => {
    const list = async (path: string) => JSON.stringify(await namespace.client.call({ verb: "list", path }));
    const events = await waitFor("the Event", async () => {
      const text = await list(namespace.path("apis/events.k8s.io/v1", "events"));
      return text.includes("IdentityRefused") ? text : undefined;
    });
    expect(events).toContain("stranger");
    expect(found(events + (await list(namespace.path("api/v1", "configmaps"))))).toEqual([]);
  });

  it("are in no support bundle", async () => {
    const agent = new Agent({ connect: { ca: iotedged.ca.certificatePem, servername: "iotedged" } });
    const { statusCode, body } = await agent.request({
      origin: `https://127.0.0.1:${iotedged.daemon.ports.management}`,
      path: "/systeminfo/supportbundle?api-version=2020-07-07",
      method: "GET",
      headers: { authorization: `Bearer ${tokens.edgeAgent}` },
    });
    expect(statusCode).toBe(200);
    const files = Object.values(unzipSync(new Uint8Array(await body.arrayBuffer()))).map((data) => strFromU8(data));
    await agent.close();
    expect(files.join()).toContain("IdentityRefused");
    expect(found(files.join())).toEqual([]);
  });
});
