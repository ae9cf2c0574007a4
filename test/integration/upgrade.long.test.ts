import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { labels, tokenAudience } from "#contract";
import { createSender } from "../../infra/kubernetes/api-request.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import type { ControlPlane } from "../../infra/local-cluster/types.ts";
import { declaredObjects } from "../support/declared-objects.ts";
import { edgectlMain } from "../support/edgectl.ts";
import { startFakeNode } from "../support/fake-node.ts";
import { ensurePreviousVersion, lacksPreviousVersion, type PreviousVersion } from "../support/previous-version.ts";
import { progress } from "../support/progress.ts";
import { type Outcome, runProgram } from "../support/run-program.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Module, type Runtime, startRuntime, tokenOf } from "./upgrade/runtime.ts";

const checkout = resolve(import.meta.dirname, "../..");
const minutes = 60_000;
const namespace = "line-1";
const vector = Buffer.from("a vector").toString("base64");
const secret = Buffer.from("what a module keeps").toString("base64");
const lacking = await lacksPreviousVersion();
if (lacking !== undefined) progress(`Upgrades are not tested: ${lacking}`);

/** What runs: edgectl, program and runtime, whose images have the tag. */
interface Version {
  readonly edgectl: string;
  readonly program: string;
  readonly checkout: string;
  readonly version: string;
  readonly tag: string;
}

let directory: string;
let plane: ControlPlane;
let node: Awaited<ReturnType<typeof startFakeNode>>;
let previous: PreviousVersion;
let older: Version;
let newer: Version;
let runtime: Runtime | undefined;
const target = () => ({ context: "edge-control-plane", kubeconfig: plane.kubeconfig });

beforeAll(async () => {
  if (lacking !== undefined) return;
  directory = await mkdtemp(join(tmpdir(), "edge-upgrade-"));
  previous = await ensurePreviousVersion(progress);
  older = { ...previous, checkout: previous.directory, version: "0.1.0", tag: "1" };
  newer = {
    edgectl: edgectlMain,
    program: join(checkout, "infra/index.ts"),
    checkout,
    version: "0.2.0",
    tag: "2",
  };
  plane = await startControlPlane({ directory: join(directory, "plane") });
  node = await startFakeNode(target());
  await mkdir(join(directory, "project/stacks"), { recursive: true });
}, 10 * minutes);
afterAll(async () => {
  if (lacking !== undefined) return;
  await runtime?.stop();
  await node?.stop();
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});

const modules = {
  sensor: {
    type: "docker",
    status: "running",
    restartPolicy: "always",
    settings: { image: "registry.invalid/sensor:1", createOptions: { HostConfig: { Memory: 67_108_864 } } },
  },
};
const desired = { schemaVersion: "1.1", runtime: { type: "docker", settings: {} }, systemModules: {}, modules };

/** The project as it uses a version: the same stack, program and images of the version. */
async function write({ program, tag }: Version): Promise<void> {
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(directory, "project/Pulumi.yaml"), stringify(project));
  const image = (name: string) => `registry.invalid/${name}:${tag}`;
  const installation = {
    namespace,
    createNamespace: true,
    iotedged: { replicas: 1 },
    deployment: { modulesContent: { $edgeAgent: { "properties.desired": desired } } },
  };
  const images = { iotedged: image("iotedged"), edgeAgent: image("edge-agent"), proxy: image("proxy") };
  const config = { "iotedge:images": images, "iotedge:installations": [installation] };
  await writeFile(join(directory, "project/stacks/Pulumi.plant.yaml"), stringify({ config }));
}

function edgectl(version: Version, ...args: readonly string[]): Promise<Outcome> {
  const words = ["--disable-warning=ExperimentalWarning", version.edgectl, ...args];
  return runProgram(process.execPath, words, { cwd: join(directory, "project") });
}

/** Deploys the stack with a version, whose runtime runs from the time that its pod does. */
async function deploy(version: Version): Promise<Outcome> {
  await write(version);
  const where = ["--context", target().context, "--kubeconfig", target().kubeconfig];
  const up = edgectl(version, "up", "--stack", "plant", "--engine", "render", ...where, "--timeout", "240");
  const started = startRuntime({ namespace, directory, ...target() }, version);
  const [outcome] = await Promise.all([up, started.then(replaceRuntime)]);
  return outcome;
}

/** What ran before goes once its successor runs, as in a rolling update. */
async function replaceRuntime(next: Runtime): Promise<void> {
  const before = runtime;
  runtime = next;
  await before?.stop();
}

const get = async (kind: string, name: string, apiVersion = "v1") =>
  (await connect(target())).get({ apiVersion, kind, namespace, name });

/** A running pod of a module, of the generation that its ServiceAccount has. */
async function podOf(id: string, tag: string): Promise<Module> {
  const cluster = await connect(target());
  const pod = await waitFor(`a pod of ${id} with the proxy of ${tag}`, async () => {
    const selection = { namespace, labelSelector: `${labels.module}=${id}` };
    const pods = await cluster.list({ apiVersion: "v1", kind: "Pod" }, selection);
    return pods.find(({ metadata, spec }) => {
      const containers: readonly { image: string }[] = [...(spec.initContainers ?? []), ...spec.containers];
      return (
        metadata.deletionTimestamp === undefined && containers.some(({ image }) => image.endsWith(`/proxy:${tag}`))
      );
    });
  });
  const account = await get("ServiceAccount", id);
  const { name, uid } = pod.metadata;
  const bound = { audience: tokenAudience({ namespace, name: namespace }), pod: { name, uid } };
  const token = await tokenOf(createSender(cluster.config), namespace, id, bound);
  return { id, generation: account?.metadata.uid ?? "", token };
}

async function call(module: Module, what: string, body: object) {
  if (runtime === undefined) throw new Error("nothing runs");
  return runtime.call(module, what, body);
}
const encrypt = async (module: Module): Promise<string> => {
  const { status, json } = await call(module, "encrypt", { plaintext: secret, initializationVector: vector });
  expect(status, JSON.stringify(json)).toBe(200);
  return json.ciphertext;
};
const decrypt = async (module: Module, ciphertext: string) => {
  const { status, json } = await call(module, "decrypt", { ciphertext, initializationVector: vector });
  return status === 200 ? json.plaintext : status;
};
const sign = async (module: Module): Promise<string> => {
  const { json } = await call(module, "sign", { keyId: "primary", algo: "HMACSHA256", data: secret });
  return json.digest;
};

/** All that must not change: keys and certificates in the cluster and in the state, and who the modules are. */
async function identities() {
  const uids = ["iotedged", "edgeagent", "sensor"].map(
    async (name) => (await get("ServiceAccount", name))?.metadata.uid,
  );
  // No key is to be read in a test's output.
  const digest = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("hex");
  return {
    state: digest(await readFile(join(directory, "project/.edge/state/plant.json"), "utf8")),
    identity: digest((await get("Secret", "iotedged-identity"))?.data),
    workloadCa: digest((await get("Secret", "iotedged-workload-ca"))?.data),
    bundle: (await get("ConfigMap", "iotedged-proxy-trust-bundle"))?.data,
    accounts: await Promise.all(uids),
    device: JSON.parse((await get("ConfigMap", "iotedged-config"))?.data["config.json"]).deviceId,
  };
}

/** What the replicas have said of the trust that they have loaded. */
async function trustRecord(): Promise<unknown> {
  const record = await get("ConfigMap", "iotedged-trust");
  return JSON.parse(record?.data["record.json"] ?? "null");
}

describe.skipIf(lacking !== undefined)("an installation of the version before", { timeout: 8 * minutes }, () => {
  let made: Awaited<ReturnType<typeof identities>>;
  let declared: Readonly<Record<string, unknown>>;
  let ciphertext: string;
  let digest: string;
  let later: string;

  it("01 is deployed by it, and its module encrypts and signs", async () => {
    expect(await deploy(older)).toMatchObject({ code: 0 });
    const sensor = await podOf("sensor", older.tag);
    [ciphertext, digest] = [await encrypt(sensor), await sign(sensor)];
    made = await identities();
    expect(new Set(made.accounts).size).toBe(3);
    declared = await declaredObjects(target(), namespace);
    expect(await trustRecord()).toMatchObject({ replicas: expect.anything() });
  });

  it("02 is taken over: no key changes, and no module loses its identity", async () => {
    const record = await trustRecord();
    const up = await deploy(newer);
    expect(up, up.stderr).toMatchObject({ code: 0 });
    expect(up.stderr).not.toContain("made new keys");
    expect(await identities()).toEqual(made);
    expect(Object.keys((await trustRecord()) as object)).toEqual(expect.arrayContaining(Object.keys(record as object)));
  });

  it("03 decrypts what was encrypted before, and signs as before", async () => {
    const sensor = await podOf("sensor", newer.tag);
    expect(await decrypt(sensor, ciphertext)).toBe(secret);
    expect(await sign(sensor)).toBe(digest);
    later = await encrypt(sensor);
  });

  it("04 is given back to the version before, as it was", async () => {
    expect(await deploy(older)).toMatchObject({ code: 0 });
    expect(await identities()).toEqual(made);
    const sensor = await podOf("sensor", older.tag);
    expect(await decrypt(sensor, ciphertext)).toBe(secret);
    expect(await sign(sensor)).toBe(digest);
    await waitFor("the objects of before", async () => {
      expect(await declaredObjects(target(), namespace)).toEqual(declared);
      return true;
    });
  });

  it("05 is upgraded again, and has lost nothing that was encrypted meanwhile", async () => {
    const between = await encrypt(await podOf("sensor", older.tag));
    expect(await deploy(newer)).toMatchObject({ code: 0 });
    expect(await identities()).toEqual(made);
    const sensor = await podOf("sensor", newer.tag);
    for (const text of [ciphertext, later, between]) expect(await decrypt(sensor, text)).toBe(secret);
  });
});
