import { dirname } from "node:path";
import { inject } from "vitest";
import { layoutOf } from "../../infra/local-cluster/layout.ts";
import { containerdClient } from "../../infra/local-cluster/node/containerd-client.ts";
import type { KubernetesItem } from "./cluster.ts";

/** Output of the node's container runtime, whatever the cluster knows of the node. */
async function ask(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await containerdClient(layoutOf(dirname(inject("kubeconfig"))), args);
  if (code !== 0) throw new Error(`ctr ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");
const ofPod = ({ metadata }: KubernetesItem) => `labels."io.kubernetes.pod.uid"==${metadata.uid}`;

/** Ids of the containers of a pod that run on the node, its sandbox among them. */
export async function runningOnNode(pod: KubernetesItem): Promise<readonly string[]> {
  const own = words(await ask(["containers", "list", "--quiet", ofPod(pod)]));
  const tasks = (await ask(["tasks", "list"])).split("\n").map(words);
  const running = new Set(tasks.filter(([, , status]) => status === "RUNNING").map(([id]) => id));
  return own.filter((id) => running.has(id));
}

/** The handler that the node runs a pod by; empty where it is the usual one. */
export async function handlerOnNode(pod: KubernetesItem): Promise<string> {
  const sandbox = `${ofPod(pod)},labels."io.cri-containerd.kind"==sandbox`;
  const [id = ""] = words(await ask(["containers", "list", "--quiet", sandbox]));
  const { value } = JSON.parse(await ask(["containers", "info", id])).Extensions["io.cri-containerd.sandbox.metadata"];
  return JSON.parse(Buffer.from(value, "base64").toString()).Metadata.RuntimeHandler;
}
