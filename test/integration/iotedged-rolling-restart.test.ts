import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { tokenAudience } from "#contract";
import type { Daemon } from "../../runtime/iotedged/daemon.ts";
import type { Lease } from "../../runtime/shared/leader-election/lease.ts";
import { type MountedFiles, writeMountedFiles } from "../support/mounted-files.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Backend, type Balancer, startBalancer } from "./rolling-restart/balancer.ts";
import { startLoad } from "./rolling-restart/load.ts";

interface Replica {
  readonly child: ChildProcess;
  readonly backend: Backend;
}

const replicas = new Set<Replica>();
let namespace: TestNamespace;
let files: MountedFiles;
let balancer: Balancer;
let path: string;
let token: string;

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-rolling");
  const installation = { name: namespace.name, namespace: namespace.name };
  // What a busy machine holds up comes in one burst.
  const limits = { requestsPerSecond: 100_000, certificatesPerMinute: 60 };
  files = await writeMountedFiles({ ...installation, settings: { logLevel: "warn", limits } });
  const kubeConfig = await namespace.kubeConfigOf("iotedged");
  await writeFile(join(files.root, "kubeconfig"), kubeConfig.exportConfig(), { mode: 0o600 });
  const { metadata } = await namespace.createAccount("sensor", "sensor");
  const pod = await namespace.createPod("sensor-1", "sensor");
  token = await namespace.token("sensor", { audience: tokenAudience(installation), pod });
  path = `/modules/sensor/genid/${metadata.uid}/sign?api-version=2020-07-07`;
  balancer = await startBalancer();
});

afterAll(async () => {
  for (const { child } of replicas) child.kill("SIGKILL");
  balancer?.close();
  if (files) await rm(files.root, { recursive: true });
  await namespace?.remove();
});

async function start(podName: string): Promise<Replica> {
  const program = new URL("./rolling-restart/replica.ts", import.meta.url).pathname;
  const env = { ...process.env, KUBECONFIG: join(files.root, "kubeconfig") };
  const child = fork(program, [files.root, podName], { env, execArgv: [] });
  const [ports] = (await once(child, "message")) as [Daemon["ports"]];
  const replica = { child, backend: { port: ports.workload, observability: ports.observability } };
  replicas.add(replica);
  balancer.add(replica.backend);
  await waitFor(`readiness of ${podName}`, () => balancer.isReady(replica.backend) || undefined);
  return replica;
}

/** As the kubelet ends a pod: the Service forgets it by and by, and it has its grace period. */
async function end(replica: Replica): Promise<number | null> {
  const exited = once(replica.child, "exit");
  replica.child.kill("SIGTERM");
  await waitFor("the Service", () => (balancer.isReady(replica.backend) ? undefined : true));
  const [code] = (await exited) as [number | null];
  balancer.remove(replica.backend);
  replicas.delete(replica);
  return code;
}

const holder = async () => {
  const lease = namespace.path("apis/coordination.k8s.io/v1", "leases", "iotedged");
  return (await namespace.client.call<Lease>({ verb: "get", path: lease })).spec?.holderIdentity ?? "";
};

it("loses no request when one replica after the other is replaced under load", async () => {
  const old = [await start("iotedged-0"), await start("iotedged-1")];
  const load = startLoad({
    origin: `https://127.0.0.1:${balancer.port}`,
    path,
    body: { keyId: "primary", algo: "HMACSHA256", data: Buffer.from("hello").toString("base64") },
    token,
    ca: files.ca.certificatePem,
    rate: 200,
    connections: 16,
  });
  const codes: (number | null)[] = [];
  for (const [index, replica] of old.entries()) {
    await start(`iotedged-${index + 2}`);
    codes.push(await end(replica));
  }
  await waitFor("load on the new replicas alone", () => load.sent > 2000 || undefined);
  await load.stop();
  expect(Object.fromEntries(load.failures)).toEqual({});
  expect(codes).toEqual([0, 0]);
  await waitFor("the watch over EdgeAgent", async () => /^iotedged-[23]_/.test(await holder()) || undefined);
}, 300_000);
