import { componentLabels, fieldManagers, labels, objectNames } from "#contract";
import type { Registry } from "#manifest";
import { type Secret, withDesiredHash } from "#shared";
import type { Installation } from "./installation.ts";

/** Secret with the manifest's own registry credentials; undefined when it has none. */
export function pullSecretOf({ identity, owner, credentials }: Installation): Secret | undefined {
  if (credentials.registries.length === 0) return undefined;
  return withDesiredHash({
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: objectNames.registryCredentials,
      namespace: identity.installation.namespace,
      labels: {
        ...componentLabels("edgeagent", identity.installation.name),
        [labels.managedBy]: fieldManagers.edgeAgent,
      },
      ownerReferences: [owner],
    },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": base64(JSON.stringify({ auths: auths(credentials.registries) })) },
  });
}

/** Names of all Secrets that modules' images are fetched by. */
export function pullSecretNames({ settings, credentials }: Installation): readonly string[] {
  const own = credentials.registries.length === 0 ? [] : [objectNames.registryCredentials];
  return [...new Set([...settings.imagePullSecrets, ...credentials.secretNames, ...own])];
}

function auths(registries: readonly Registry[]) {
  return Object.fromEntries(
    registries.map(({ address, username, password }) => [
      address,
      { username, password, auth: base64(`${username}:${password}`) },
    ]),
  );
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
