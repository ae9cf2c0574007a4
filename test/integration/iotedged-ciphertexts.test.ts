import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { componentLabels, fieldManagers, tokenAudience } from "#contract";
import type { ConfigMap } from "../../runtime/shared/kubernetes/kinds.ts";
import { createObjectStore } from "../../runtime/shared/kubernetes/object-store.ts";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { patchBy } from "../support/merge-patch.ts";
import { makeIdentityKey } from "../support/mounted-files.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { decryptAsFirstImage } from "./iotedged-ciphertexts/first-reader.ts";

interface Module {
  readonly moduleId: string;
  readonly generationId: string;
  readonly token: string;
}

const identityKey = makeIdentityKey();
const initializationVector = Buffer.from("a vector").toString("base64");
const secret = "the secret of another";
const running = new Map<string, RunningIotedged>();
let namespace: TestNamespace;
let sensor: Module;
let thief: Module;
/** All that the sensor ever encrypted here, in order. */
const kept: string[] = [];

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-ciphertexts");
  [sensor, thief] = [await createModule("sensor"), await createModule("thief")];
});

afterAll(async () => {
  for (const one of running.values()) await one.stop();
  await namespace?.remove();
});

async function createModule(moduleId: string): Promise<Module> {
  const { metadata } = await namespace.createAccount(moduleId, moduleId);
  const pod = await namespace.createPod(`${moduleId}-1`, moduleId);
  const audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
  return { moduleId, generationId: metadata.uid, token: await namespace.token(moduleId, { audience, pod }) };
}

/** A pod of Deployment `iotedged` that no kubelet runs: the test reports for it. */
async function createReplicaPod(name: string): Promise<void> {
  await namespace.create("api/v1", "pods", {
    metadata: { name, labels: componentLabels("iotedged", namespace.name) },
    spec: { serviceAccountName: "iotedged", containers: [{ name: "iotedged", image: "registry.invalid/iotedged:1" }] },
  });
  await report(name, false);
}

const report = (name: string, started: boolean) =>
  patchBy(namespace.client, `${namespace.path("api/v1", "pods", name)}/status`, {
    status: {
      phase: "Running",
      containerStatuses: [
        { name: "iotedged", started, ready: started, restartCount: 0, image: "", imageID: "", state: { running: {} } },
      ],
    },
  });

const removePod = (name: string) =>
  namespace.client.call({
    verb: "delete",
    path: namespace.path("api/v1", "pods", name),
    query: { gracePeriodSeconds: "0" },
  });

/** A replica of this image in the place of the pod, until it is ready. */
async function startReplica(name: string, settings = {}): Promise<RunningIotedged> {
  await createReplicaPod(name);
  const kubeConfig = await namespace.kubeConfigOf("iotedged");
  const installation = { name: namespace.name, namespace: namespace.name };
  const one = await startIotedged({ kubeConfig, ...installation, settings, identityKey, podName: name });
  running.set(name, one);
  await waitFor(`readiness of ${name}`, async () => (await one.ready()).ok || undefined);
  await report(name, true);
  return one;
}

async function stopReplica(name: string): Promise<void> {
  await running.get(name)?.stop();
  running.delete(name);
  await removePod(name);
}

const call = (replica: RunningIotedged, what: string, { moduleId, generationId, token }: Module, body: object) =>
  replica.call("workload", token, `/modules/${moduleId}/genid/${generationId}/${what}`, body);

async function encrypt(replica: RunningIotedged, module: Module, plaintext: Buffer): Promise<string> {
  const body = { plaintext: plaintext.toString("base64"), initializationVector };
  const { status, json } = await call(replica, "encrypt", module, body);
  expect(status).toBe(200);
  return json.ciphertext;
}

async function decrypt(replica: RunningIotedged, module: Module, ciphertext: string): Promise<string | number> {
  const { status, json } = await call(replica, "decrypt", module, { ciphertext, initializationVector });
  return status === 200 ? Buffer.from(json.plaintext, "base64").toString() : status;
}

const asFirstImage = (ciphertext: string) =>
  decryptAsFirstImage(identityKey, sensor, Buffer.from("a vector"), Buffer.from(ciphertext, "base64"))?.toString();

const form = (ciphertext: string) => Buffer.from(ciphertext, "base64")[0];

/** Waits until `replica` writes `version`; all that the sensor gets on the way is kept, too. */
async function writes(replica: RunningIotedged, version: number): Promise<string> {
  return waitFor(`form ${version}`, async () => {
    const ciphertext = await encrypt(replica, sensor, Buffer.from(secret));
    kept.push(ciphertext);
    return form(ciphertext) === version ? ciphertext : undefined;
  });
}

/** What the thief finds out about a ciphertext whose vector it knows, by encrypting zeros. */
async function steal(replica: RunningIotedged, ciphertext: string): Promise<string> {
  const own = Buffer.from(await encrypt(replica, thief, Buffer.alloc(secret.length)), "base64");
  const [stream, sealed] = [own.subarray(-secret.length), Buffer.from(ciphertext, "base64").subarray(-secret.length)];
  return Buffer.from(sealed.map((byte, at) => byte ^ (stream[at] ?? 0))).toString("latin1");
}

const trustConfigMap = () =>
  namespace.client.call<ConfigMap>({ verb: "get", path: namespace.path("api/v1", "configmaps", "iotedged-trust") });
const announced = async () => JSON.parse((await trustConfigMap()).data?.["ciphertexts.json"] ?? "{}");

it("writes what old replicas can read until a rolling upgrade has replaced the last of them", async () => {
  for (const name of ["iotedged-old-a", "iotedged-old-b"]) {
    await createReplicaPod(name);
    await report(name, true);
  }
  const first = await startReplica("iotedged-new-a");
  for (const replica of [first]) expect(asFirstImage(await writes(replica, 1))).toBe(secret);
  await removePod("iotedged-old-a");
  const second = await startReplica("iotedged-new-b");
  for (const replica of [first, second]) {
    const ciphertext = await encrypt(replica, sensor, Buffer.from(secret));
    kept.push(ciphertext);
    expect(asFirstImage(ciphertext)).toBe(secret);
  }
  await removePod("iotedged-old-b");
  for (const replica of [first, second]) {
    const ciphertext = await writes(replica, 2);
    expect(asFirstImage(ciphertext)).toBeUndefined();
    expect(await steal(replica, ciphertext)).not.toBe(secret);
  }
  await waitFor("the announcements", async () => Object.keys(await announced()).length === 2 || undefined);
});

it("lets the owner decrypt all of it at every replica, and nobody else", async () => {
  expect(new Set(kept.map(form))).toEqual(new Set([1, 2]));
  for (const replica of running.values()) {
    for (const ciphertext of kept) {
      expect(await decrypt(replica, sensor, ciphertext)).toBe(secret);
      expect(await decrypt(replica, thief, ciphertext)).toBe(400);
    }
  }
});

it("keeps the announcements when an old replica writes what it knows of the ConfigMap", async () => {
  const before = await announced();
  const store = createObjectStore({
    client: namespace.client,
    namespace: namespace.name,
    fieldManager: fieldManagers.iotedged,
  });
  const metadata = { name: "iotedged-trust", labels: componentLabels("iotedged", namespace.name) };
  const record = await waitFor("the record of both replicas", async () => {
    const text = (await trustConfigMap()).data?.["record.json"] ?? "{}";
    return Object.keys(JSON.parse(text).replicas ?? {}).length === 2 ? text : undefined;
  });
  await store.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { "record.json": record } } as ConfigMap);
  expect(await announced()).toEqual(before);
});

it("goes on with the new form while new replicas replace each other", async () => {
  const before = kept.length;
  const third = await startReplica("iotedged-new-c");
  const [first] = running.values();
  for (const replica of [first, third]) await writes(replica as RunningIotedged, 2);
  await stopReplica("iotedged-new-b");
  for (const replica of [first, third]) await writes(replica as RunningIotedged, 2);
  expect(kept.slice(before).map(form)).toEqual([2, 2, 2, 2]);
});

it("writes what old replicas can read as soon as a rollback brings one, and loses nothing by it", async () => {
  await createReplicaPod("iotedged-old-c");
  await report("iotedged-old-c", true);
  for (const replica of running.values()) expect(asFirstImage(await writes(replica, 1))).toBe(secret);
  await removePod("iotedged-old-c");
  for (const replica of running.values()) await writes(replica, 2);
  for (const replica of running.values())
    for (const ciphertext of kept) expect(await decrypt(replica, sensor, ciphertext)).toBe(secret);
});

it("neither reads nor writes the old form where that is turned off", async () => {
  await createReplicaPod("iotedged-old-d");
  await report("iotedged-old-d", true);
  const strict = await startReplica("iotedged-strict", { oldCiphertexts: false });
  const ciphertext = await encrypt(strict, sensor, Buffer.from(secret));
  expect(form(ciphertext)).toBe(2);
  expect(await decrypt(strict, sensor, ciphertext)).toBe(secret);
  for (const old of kept) expect(await decrypt(strict, sensor, old)).toBe(form(old) === 1 ? 400 : secret);
});
