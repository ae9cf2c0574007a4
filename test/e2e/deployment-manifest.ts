import { kubectlOk } from "./cluster.ts";

const configMap = "edgeagent-deployment";
// biome-ignore lint/suspicious/noExplicitAny: a deployment manifest is an open document
export type Manifest = any;

/** The deployment manifest of an installation. */
export async function readManifest(namespace: string): Promise<Manifest> {
  const text = await kubectlOk(["get", "configmap", configMap, "-n", namespace, "-o", "json"]);
  return JSON.parse(JSON.parse(text).data["deployment.json"]);
}

/** Gives an installation another deployment manifest. */
export async function writeManifest(namespace: string, manifest: Manifest): Promise<void> {
  const patch = JSON.stringify({ data: { "deployment.json": JSON.stringify(manifest) } });
  await kubectlOk(["patch", "configmap", configMap, "-n", namespace, "--type=merge", "-p", patch]);
}

const desiredOf = (manifest: Manifest) => manifest.modulesContent.$edgeAgent["properties.desired"];
/** The modules of a manifest, by their ids. */
export const modulesOf = (manifest: Manifest) => desiredOf(manifest).modules;
/** `edgeAgent` and `edgeHub` of a manifest. */
export const systemModulesOf = (manifest: Manifest) => desiredOf(manifest).systemModules;
