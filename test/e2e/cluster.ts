import { inject } from "vitest";
import { type Outcome, runProgram } from "../support/run-program.ts";
import { waitFor } from "../support/wait-for.ts";

const base = () => ["--kubeconfig", inject("kubeconfig")];

/** Runs kubectl as the cluster's administrator. */
export function kubectl(args: readonly string[], input?: string): Promise<Outcome> {
  return runProgram(inject("kubectl"), [...base(), ...args], input === undefined ? {} : { input });
}

/** Output of a kubectl call that has to work. */
export async function kubectlOk(args: readonly string[], input?: string): Promise<string> {
  const outcome = await kubectl(args, input);
  if (outcome.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${outcome.stderr}`);
  return outcome.stdout;
}

export interface KubernetesItem {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly namespace?: string;
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  readonly [field: string]: any;
}

/** Objects of a kind, or of several separated by commas. */
export async function items(kinds: string, args: readonly string[] = []): Promise<readonly KubernetesItem[]> {
  return JSON.parse(await kubectlOk(["get", kinds, "-o", "json", ...args])).items;
}

/** The Ready pod of a module or daemon that is not being deleted. */
export function readyPod(namespace: string, selector: string): Promise<KubernetesItem> {
  return waitFor(`a ready pod ${selector} in ${namespace}`, async () => {
    const pods = await items("pods", ["-n", namespace, "-l", selector]);
    return pods.find(
      (pod) =>
        pod.metadata.deletionTimestamp === undefined &&
        pod.status.conditions?.some((c: { type: string; status: string }) => c.type === "Ready" && c.status === "True"),
    );
  });
}

export const moduleSelector = (name: string) => `net.azure-devices.edge.module=${name}`;

/** What EdgeAgent reports of an installation. */
// biome-ignore lint/suspicious/noExplicitAny: the reported properties are an open document
export async function reported(namespace: string): Promise<any> {
  const status = await kubectlOk(["get", "configmap", "edgeagent-status", "-n", namespace, "-o", "json"]);
  return JSON.parse(JSON.parse(status).data["status.json"]);
}
