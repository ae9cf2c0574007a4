import { isJsonObject, type JsonObject, parseJson } from "#base";
import { dataKeys, objectNames } from "#contract";
import type { Cluster, LiveObject } from "../kubernetes/index.ts";
import { type Finding, findingOf, type Hints } from "./findings/finding.ts";

/**
 * Installations of the cluster that share a device id at one hub. Who may not look into all namespaces gets those of the
 * given ones.
 *
 * @param namespaces those that are told about; undefined: all
 */
export async function readSameDevices(
  cluster: Cluster,
  namespaces: readonly string[] | undefined,
  hints: Hints,
): Promise<readonly Finding[]> {
  const configs = await readConfigs(cluster, namespaces ?? []);
  return sameDevices(configs, hints).filter(({ namespace }) => namespaces?.includes(namespace) ?? true);
}

async function readConfigs(cluster: Cluster, namespaces: readonly string[]): Promise<readonly LiveObject[]> {
  const kind = { apiVersion: "v1", kind: "ConfigMap" };
  const name = objectNames.iotedgedConfig;
  try {
    return await cluster.list(kind, { fieldSelector: `metadata.name=${name}` });
  } catch {
    const each = await Promise.all(namespaces.map((namespace) => cluster.get({ ...kind, namespace, name })));
    return each.filter((config) => config !== undefined);
  }
}

/** @param configs ConfigMaps of iotedged's settings */
export function sameDevices(configs: readonly LiveObject[], hints: Hints): readonly Finding[] {
  const devices = Map.groupBy(configs.flatMap(deviceOf), ({ hub, id }) => JSON.stringify([hub, id]));
  return [...devices.values()]
    .filter((all) => all.length > 1)
    .flatMap((all) =>
      all.map(({ namespace, uid, id, hub }) => {
        const others = all.filter((one) => one.namespace !== namespace).map((one) => one.namespace);
        return findingOf(
          "same-device",
          {
            namespace,
            message: `device id ${id} at ${hub} is that of the installation in ${others.sort().join(", ")}, too`,
            evidence: `ConfigMaps ${objectNames.iotedgedConfig}`,
            seen: { subject: uid, occurrence: uid },
          },
          hints,
        );
      }),
    )
    .sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

/** What tells a device where a provisioning service names its hub. */
function registrationOf({ provisioning }: JsonObject): JsonObject {
  const registration = isJsonObject(provisioning) ? provisioning.registration : undefined;
  return isJsonObject(registration) ? registration : {};
}

function deviceOf({ metadata, data }: LiveObject) {
  if (metadata.name !== objectNames.iotedgedConfig) return [];
  const config = parseJson(data?.[dataKeys.iotedgedConfig]);
  if (!isJsonObject(config)) return [];
  const { registrationId: registration, idScope } = registrationOf(config);
  const { deviceId: id = registration, hubHostname: hub = idScope } = config;
  if (typeof id !== "string" || typeof hub !== "string") return [];
  return [{ namespace: metadata.namespace ?? "", uid: metadata.uid, id, hub }];
}
