import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { registriesSecret } from "#contract";
import type { EdgeInstallationArgs, RegistryArgs } from "./args.ts";
import { derive } from "./inputs.ts";
import { fetchedBy } from "./module-settings.ts";
import { type InstallationScope, metadata } from "./scope.ts";

/** Docker's own registry is known to nodes by this key alone. */
const keys: ReadonlyMap<string, string> = new Map([["docker.io", "https://index.docker.io/v1/"]]);

/** The arguments with the Secret of {@link declareRegistries} among those that images are fetched by. */
export function withRegistries(args: EdgeInstallationArgs): EdgeInstallationArgs {
  if (!hasRegistries(args)) return args;
  const imagePullSecrets = derive(args.imagePullSecrets ?? [], (named) => [...fetchedBy(named, true)]);
  return { ...args, imagePullSecrets };
}

/** Declares the Secret that holds the registries' credentials; in the namespace, and so after it. */
export function declareRegistries(scope: InstallationScope, args: EdgeInstallationArgs): readonly pulumi.Resource[] {
  if (!hasRegistries(args)) return [];
  const content = pulumi.secret(args.registries ?? []).apply(dockerConfig);
  return [
    new k8s.core.v1.Secret(
      `${scope.resourceName}-${registriesSecret}`,
      {
        metadata: metadata(scope, "iotedged", registriesSecret),
        type: "kubernetes.io/dockerconfigjson",
        data: { ".dockerconfigjson": content },
      },
      scope.namespaced,
    ),
  ];
}

export function hasRegistries({ registries = [] }: Pick<EdgeInstallationArgs, "registries">): boolean {
  return registries.length > 0;
}

/** As `docker login` keeps credentials, in base64. */
function dockerConfig(registries: readonly pulumi.Unwrap<RegistryArgs>[]): string {
  const auths = registries.map(({ server, username, password }) => [
    keys.get(server) ?? server,
    { username, password, auth: base64(`${username}:${password}`) },
  ]);
  return base64(JSON.stringify({ auths: Object.fromEntries(auths) }));
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
