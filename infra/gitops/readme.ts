import { objectNames } from "#contract";
import type { KubernetesObject } from "../render/index.ts";
import { neededSecrets } from "./needed-secrets.ts";

/** What whoever opens the folder has to know. */
export function readmeOf(objects: readonly KubernetesObject[], owner: string): string {
  const secrets = neededSecrets(objects).map(({ namespace, name }) => `| ${namespace} | ${name} |`);
  const namespaces = objects
    .filter(({ kind, metadata }) => kind === "Deployment" && metadata.name === objectNames.iotedged)
    .map(({ metadata }) => metadata.namespace ?? "default");
  return `# Manifests of ${owner}

${objects.length} objects. They hold no secret values. Change the stack, and render again: what is changed here is overwritten.

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
