import { spawn } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KubeConfig } from "@kubernetes/client-node";
import { Agent } from "undici";
import { createSender, type SendRequest } from "../../../infra/kubernetes/api-request.ts";
import { type Cluster, connect } from "../../../infra/kubernetes/index.ts";
import { waitFor } from "../../support/wait-for.ts";

const runner = fileURLToPath(new URL("run-runtime.ts", import.meta.url));

export interface RuntimeOptions {
  /** Of the version that runs. */
  readonly checkout: string;
  readonly version: string;
  /** Before every mounted path. */
  readonly root: string;
  /** Pod of Deployment `iotedged` in whose place it runs. */
  readonly podName: string;
  readonly kubeconfigs: { readonly iotedged: string; readonly edgeagent: string };
}

/** A module's pod, as iotedged knows it. */
export interface Module {
  readonly id: string;
  readonly generation: string;
  readonly token: string;
}

/** iotedged and EdgeAgent of a version, with what is deployed. */
export interface Runtime {
  call(module: Module, what: string, body: object): Promise<Answer>;
  stop(): Promise<void>;
}
// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape
type Answer = { readonly status: number; readonly json: any };

interface Place {
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly context: string;
  /** A folder of the test's own. */
  readonly directory: string;
}

/**
 * Runs a version of the runtime as a node would run it: in the place of a pod whose image has the tag, with what its
 * Deployment mounts, and with the tokens of its ServiceAccounts.
 */
export async function startRuntime(
  place: Place,
  of: { readonly checkout: string; readonly version: string; readonly tag: string },
): Promise<Runtime> {
  const cluster = await connect(place);
  const send = createSender(cluster.config);
  const folder = await mkdtemp(join(place.directory, "runtime-"));
  const podName = await waitFor(`a pod of ${of.tag}`, () => runningPod(cluster, place.namespace, of.tag));
  const root = join(folder, "root");
  await mountFiles(cluster, place.namespace, root);
  const kubeconfigOf = async (account: "iotedged" | "edgeagent") => {
    const file = join(folder, `${account}.kubeconfig`);
    const own = new KubeConfig();
    const server = cluster.config.getCurrentCluster();
    if (server === null) throw new Error("the kubeconfig has no current cluster");
    own.loadFromClusterAndUser(server, { name: account, token: await tokenOf(send, place.namespace, account) });
    await writeFile(file, own.exportConfig(), { mode: 0o600 });
    return file;
  };
  const kubeconfigs = { iotedged: await kubeconfigOf("iotedged"), edgeagent: await kubeconfigOf("edgeagent") };
  const { checkout, version } = of;
  const options: RuntimeOptions = { checkout, version, root, podName, kubeconfigs };
  const words = ["--disable-warning=ExperimentalWarning", runner, JSON.stringify(options)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const port = await waitFor("the workload API", () => {
    if (child.exitCode !== null) throw new Error(stderr);
    return stdout.includes("\n") ? (JSON.parse(stdout) as { workload: number }).workload : undefined;
  }).catch((error: unknown) => {
    throw new Error(`the runtime does not start:\n${stderr}`, { cause: error });
  });
  const bundle = await cluster.get({
    ...configMap,
    namespace: place.namespace,
    name: "iotedged-proxy-trust-bundle",
  });
  const agent = new Agent({ connect: { ca: bundle?.data["trust_bundle.pem"], servername: "iotedged" } });
  return {
    call: async ({ id, generation, token }, what, body) => {
      const answer = await agent.request({
        origin: `https://127.0.0.1:${port}`,
        path: `/modules/${id}/genid/${generation}/${what}?api-version=2020-07-07`,
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: answer.statusCode, json: await answer.body.json() };
    },
    stop: async () => {
      await agent.close();
      child.kill("SIGTERM");
      await ended;
    },
  };
}

const configMap = { apiVersion: "v1", kind: "ConfigMap" } as const;

/** A token that the kubelet would project. */
export async function tokenOf(
  send: SendRequest,
  namespace: string,
  account: string,
  bound?: { readonly audience: string; readonly pod: { readonly name: string; readonly uid: string } },
): Promise<string> {
  const boundObjectRef = bound && { apiVersion: "v1", kind: "Pod", ...bound.pod };
  const spec = { audiences: bound === undefined ? [] : [bound.audience], expirationSeconds: 3600, boundObjectRef };
  const response = await send({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec },
  });
  const token: unknown = response.body.status?.token;
  if (typeof token !== "string") throw new Error(`no token of ${account}: ${JSON.stringify(response.body)}`);
  return token;
}

async function runningPod(cluster: Cluster, namespace: string, tag: string): Promise<string | undefined> {
  const pods = await cluster.list(
    { apiVersion: "v1", kind: "Pod" },
    { namespace, labelSelector: "app.kubernetes.io/name=iotedged" },
  );
  const found = pods.find(
    ({ metadata, spec, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.phase === "Running" &&
      spec.containers.some(({ image }: { image: string }) => image.endsWith(`:${tag}`)),
  );
  return found?.metadata.name;
}

/** What the volumes of Deployment `iotedged` hold, at their places. */
async function mountFiles(cluster: Cluster, namespace: string, root: string): Promise<void> {
  const deployment = await cluster.get({ apiVersion: "apps/v1", kind: "Deployment", namespace, name: "iotedged" });
  const { volumes, containers } = deployment?.spec.template.spec ?? {};
  for (const { name, mountPath } of containers[0].volumeMounts) {
    const volume = volumes.find((one: { name: string }) => one.name === name);
    const files = new Map<string, string | Buffer>();
    if (volume.configMap !== undefined) {
      const live = await cluster.get({ ...configMap, namespace, name: volume.configMap.name });
      for (const [file, text] of Object.entries<string>(live?.data ?? {})) files.set(file, text);
    }
    if (volume.secret !== undefined) {
      const ref = { apiVersion: "v1", kind: "Secret", namespace, name: volume.secret.secretName };
      for (const [file, text] of Object.entries<string>((await cluster.get(ref))?.data ?? {}))
        files.set(file, Buffer.from(text, "base64"));
    }
    await mkdir(join(root, mountPath), { recursive: true });
    for (const [file, content] of files) await writeFile(join(root, mountPath, file), content);
  }
}
