import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { annotations, moduleLabels, tokenAudience } from "#contract";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { makeIdentityKey } from "../support/mounted-files.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";

interface KubernetesObject {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
}

/** A module in one generation, with the token of a pod that is there. */
interface Module {
  readonly moduleId: string;
  readonly generationId: string;
  readonly token: string;
}

const run = promisify(execFile);
const initializationVector = Buffer.from("a vector").toString("base64");
const data = Buffer.from("a message").toString("base64");
const rbac = "apis/rbac.authorization.k8s.io/v1";
/** The kinds that matter here, in the order in which they come back. */
const kinds = [
  ["api/v1", "serviceaccounts"],
  [rbac, "roles"],
  [rbac, "rolebindings"],
] as const;
/** Of an installation's keys, which its stack's state and a Secret have. */
const identityKey = makeIdentityKey();

let namespace: TestNamespace;
let directory: string;
let commands: readonly string[];
let iotedged: RunningIotedged;
let pods = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-restore-"));
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-restore");
  const page = await readFile(new URL("../../docs/backup.md", import.meta.url), "utf8");
  commands = [...page.matchAll(/^```sh\n(kubectl get serviceaccounts[^`]*|while[^`]*)```/gm)].map(
    ([, text]) => text ?? "",
  );
  for (const module of ["sensor", "thief"]) await createAccount(module);
  await start();
});
afterAll(async () => {
  await iotedged?.stop();
  await namespace?.remove();
  await rm(directory, { recursive: true });
});

const createAccount = (name: string) =>
  namespace.create("api/v1", "serviceaccounts", {
    metadata: { name, labels: moduleLabels(namespace.name, name), annotations: { [annotations.moduleId]: name } },
  });

/** Runs a command as the page has it, for this namespace. */
async function runAsWritten(command: string | undefined): Promise<void> {
  const env = {
    ...process.env,
    KUBECONFIG: inject("kubeconfig"),
    PATH: `${dirname(inject("kubectl"))}${delimiter}${process.env.PATH}`,
  };
  const text = (command ?? "exit 1").replaceAll("-n edge-a", `-n ${namespace.name}`);
  await run("bash", ["-euo", "pipefail", "-c", text], { cwd: directory, env });
}

async function start(): Promise<void> {
  const kubeConfig = await namespace.kubeConfigOf("iotedged");
  iotedged = await startIotedged({ kubeConfig, name: namespace.name, namespace: namespace.name, identityKey });
  await waitFor("readiness", async () => (await iotedged.ready()).ok || undefined);
}

const read = (group: string, plural: string, name = "") =>
  namespace.client.call<KubernetesObject & { items: KubernetesObject[] }>({
    verb: "get",
    path: namespace.path(group, plural, name || undefined),
  });

const uidOf = async (account: string) => String((await read("api/v1", "serviceaccounts", account)).metadata.uid);

/** The module with a pod of its own, in the generation that it is asked about. */
async function newPod(moduleId: string, generationId: string): Promise<Module> {
  pods += 1;
  const pod = await namespace.createPod(`${moduleId}-${pods}`, moduleId);
  const audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
  return { moduleId, generationId, token: await namespace.token(moduleId, { audience, pod }) };
}

const call = ({ moduleId, generationId, token }: Module, what: string, body: object) =>
  iotedged.call("workload", token, `/modules/${moduleId}/genid/${generationId}/${what}`, body);
const encrypt = async (module: Module) =>
  (await call(module, "encrypt", { plaintext: data, initializationVector })).json.ciphertext as string;
const sign = async (module: Module) =>
  (await call(module, "sign", { keyId: "primary", algo: "HMACSHA256", data })).json.digest as string;
const decrypt = async (module: Module, ciphertext: string) => {
  const { status, json } = await call(module, "decrypt", { ciphertext, initializationVector });
  return status === 200 ? json.plaintext : status;
};

/** Deletes the namespace, and brings its objects back as Velero does: with name, labels and annotations. */
async function restore(): Promise<void> {
  const kept = await Promise.all(kinds.map(async ([group, plural]) => (await read(group, plural)).items));
  const path = `/api/v1/namespaces/${namespace.name}`;
  await namespace.client.call({ verb: "delete", path });
  const find = () =>
    namespace.client.call({ verb: "get", path }).then(
      () => undefined,
      () => true,
    );
  await waitFor("the end of the namespace", find);
  await namespace.client.call({
    verb: "create",
    path: "/api/v1/namespaces",
    body: { metadata: { name: namespace.name } },
  });
  for (const [index, [group, plural]] of kinds.entries()) {
    for (const { metadata, ...rest } of kept[index] ?? []) {
      const { name, labels, annotations: notes } = metadata;
      if (name === "default") continue;
      await namespace.create(group, plural, { ...rest, metadata: { name, labels, annotations: notes } });
    }
  }
}

describe("a namespace that comes back from a backup", () => {
  let generation: string;
  let ciphertext: string;
  let digest: string;

  it("has modules of another generation, which can neither decrypt nor vouch for what there was", async () => {
    generation = await uidOf("sensor");
    const before = await newPod("sensor", generation);
    [ciphertext, digest] = [await encrypt(before), await sign(before)];
    expect(await decrypt(before, ciphertext)).toBe(data);
    await runAsWritten(commands[0]);
    await iotedged.stop();
    await restore();
    await start();

    const uid = await uidOf("sensor");
    expect(uid).not.toBe(generation);
    const after = await newPod("sensor", uid);
    expect(await decrypt(after, ciphertext)).toBe(400);
    expect(await sign(after)).not.toBe(digest);
    expect(await decrypt({ ...after, generationId: generation }, ciphertext)).toBe(403);
  });

  it("has the generations that were written down, by the commands of the page", async () => {
    expect(commands).toHaveLength(2);
    await runAsWritten(commands[1]);
    // A pod that was there before is replaced, as EdgeAgent does.
    const sensor = await waitFor("the kept generation", async () => {
      const module = await newPod("sensor", generation);
      return (await decrypt(module, ciphertext)) === data ? module : undefined;
    });
    expect(await sign(sensor)).toBe(digest);
    expect(await decrypt(sensor, await encrypt(sensor))).toBe(data);
  });

  it("keeps them in the next backup, and writes them down as they are", async () => {
    await runAsWritten(commands[0]);
    expect(await readFile(join(directory, "generations.txt"), "utf8")).toContain(
      `sensor iotedge.dev/kept-generation=sensor/${generation}\n`,
    );
    await iotedged.stop();
    await restore();
    await start();
    expect(await decrypt(await newPod("sensor", generation), ciphertext)).toBe(data);
  });

  it("lets no module have the generation of another", async () => {
    const path = namespace.path("api/v1", "serviceaccounts", "thief");
    await run(inject("kubectl"), [
      ...["--kubeconfig", inject("kubeconfig"), "-n", namespace.name, "annotate", "serviceaccount", "thief"],
      ...["--overwrite", `${annotations.keptGeneration}=sensor/${generation}`],
    ]);
    const uid = String((await namespace.client.call<KubernetesObject>({ verb: "get", path })).metadata.uid);
    expect(await decrypt(await newPod("thief", generation), ciphertext)).toBe(403);
    expect(await decrypt(await newPod("thief", uid), ciphertext)).toBe(400);
  });

  it("gives a module that is deleted and made again a generation of its own", async () => {
    await namespace.client.call({ verb: "delete", path: namespace.path("api/v1", "serviceaccounts", "sensor") });
    await createAccount("sensor");
    const module = await newPod("sensor", await uidOf("sensor"));
    expect(await decrypt(module, ciphertext)).toBe(400);
    expect(await decrypt({ ...module, generationId: generation }, ciphertext)).toBe(403);
  });
});
