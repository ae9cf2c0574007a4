import { objectNames } from "#contract";
import type { KubernetesObject } from "../render/index.ts";
import { neededSecrets } from "./needed-secrets.ts";
import { keyFileName } from "./sops/key-secrets.ts";

/**
 * What whoever opens the folder has to know.
 *
 * @param keyFiles names of the files of encrypted keys that are in the folder
 */
export function readmeOf(objects: readonly KubernetesObject[], owner: string, keyFiles: readonly string[]): string {
  const secrets = neededSecrets(objects)
    .filter((secret) => !keyFiles.includes(keyFileName(secret)))
    .map(({ namespace, name }) => `| ${namespace} | ${name} |`);
  const namespaces = objects
    .filter(({ kind, metadata }) => kind === "Deployment" && metadata.name === objectNames.iotedged)
    .map(({ metadata }) => metadata.namespace ?? "default");
  return `# Manifests of ${owner}

${objects.length} objects. They hold no secret values${
    keyFiles.length === 0 ? "" : `, and ${keyFiles.length} Secrets beside them hold encrypted ones, which Flux decrypts`
  }. Change the stack, and render again: what is changed here is overwritten.

Flux and Argo CD apply this folder as it is, and \`kubectl apply --server-side -k .\` does. Do not put it below an overlay with
\`namespace\`, \`namePrefix\` or \`nameSuffix\`: names and namespaces are in settings and policies, too.
${secrets.length === 0 ? "" : secretsSection(secrets)}${namespaces.length === 0 ? "" : healthSection(namespaces)}`;
}

function secretsSection(rows: readonly string[]): string {
  return `
## Secrets that must be in the cluster

Pods wait until they are there.

| namespace | Secret |
| --- | --- |
${rows.join("\n")}
`;
}

function healthSection(namespaces: readonly string[]): string {
  return `
## Health

\`edgectl status\` tells it, and Deployments \`${objectNames.iotedged}\` and \`${objectNames.edgeAgent}\` and ConfigMap
\`${objectNames.status}\` in ${namespaces.map((namespace) => `\`${namespace}\``).join(", ")}.
`;
}
