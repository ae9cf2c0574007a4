import { readFile } from "node:fs/promises";
import { volumeNames } from "#contract";
import { runProgram } from "../../support/run-program.ts";
import type { KubernetesItem } from "../cluster.ts";

/**
 * Keeps the kubelet from bringing a pod another trust bundle: its copy becomes read-only for everybody outside of the
 * pod. The cluster's one node is this machine.
 *
 * @returns ends it
 */
export async function holdBack(pod: KubernetesItem): Promise<() => Promise<void>> {
  const volume = `${await podDirectory(pod.metadata.uid)}/volumes/kubernetes.io~configmap/${volumeNames.trustBundle}`;
  await mount("mount", "--bind", volume, volume);
  await mount("mount", "-o", "remount,bind,ro", volume);
  return () => mount("umount", volume);
}

/** Where the kubelet keeps what a pod mounts: found by the mounts that it makes there. */
async function podDirectory(uid: string): Promise<string> {
  const mounts = await readFile("/proc/self/mounts", "utf8");
  const found = new RegExp(`^\\S+ (/\\S+/pods/${uid})/volumes/`, "m").exec(mounts);
  if (found?.[1] === undefined) throw new Error(`no volume of pod ${uid} is mounted here`);
  return found[1];
}

async function mount(command: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}
