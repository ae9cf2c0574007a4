import type { ModuleSettings } from "#contract";
import { refuseOwnObject } from "./closed-objects.ts";
import { say } from "./message.ts";
import { type Field, ObjectReader } from "./object-reader.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

/** Credentials for registries that images are pulled from. */
export interface RegistryCredentials {
  /** Names of Secrets of type `kubernetes.io/dockerconfigjson` that are there already. */
  readonly secretNames: readonly string[];
  /** What the manifest itself says, each registry once. */
  readonly registries: readonly Registry[];
}

/** Never to be logged or reported. */
export interface Registry {
  readonly address: string;
  readonly username: string;
  readonly password: string;
}

export const noCredentials: RegistryCredentials = { secretNames: [], registries: [] };

const maxText = 16 * 1024;
const address = /^[A-Za-z0-9]([A-Za-z0-9._:/-]{0,253}[A-Za-z0-9])?$/;
const objectName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const placeholder = /\$\{\w+\}|^(?:\$[A-Za-z_]\w*|<[^<>]+>|\{\{[^{}]+\}\}|#[\w.]+#)$/;
const secretRemedy = 'Make a Secret by `kubectl create secret docker-registry` and write {"secretName": "..."}';
const plainRemedy = `${secretRemedy}, or let the installation allow it by edgeAgent.registryCredentials.`;

/**
 * Reads `runtime.settings.registryCredentials`: `{"address", "username", "password"}` as IoT Edge has it, or
 * `{"secretName"}` in its place. No problem shows a value of them.
 */
export function readRegistryCredentials(
  credentials: ObjectReader | undefined,
  settings: ModuleSettings,
  problems: Problems,
): RegistryCredentials {
  const entries = credentials?.entries() ?? [];
  const secretNames = new Set<string>();
  const registries = new Map<string, Registry>();
  for (const [, field] of entries) {
    const reader = ObjectReader.open(hidden(field), problems);
    if (reader === undefined) continue;
    const reference = reader.take("secretName");
    if (reference !== undefined) readReference(reference, secretNames, settings, problems);
    const registry = reference === undefined ? readRegistry(reader, settings, problems) : undefined;
    if (registry !== undefined) registries.set(registry.address, registry);
    for (const key of ["address", "username", "password"]) reader.take(key);
    reader.warnOfRest();
  }
  return { secretNames: [...secretNames].sort(), registries: [...registries.values()] };
}

/** Reports what is no object without showing it: it may be a secret. */
function hidden({ path, value }: Field): Field {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return { path, value: isObject ? value : "..." };
}

function readReference({ path, value }: Field, names: Set<string>, settings: ModuleSettings, problems: Problems): void {
  if (typeof value !== "string" || !objectName.test(value)) {
    problems.error(path, say`${shown(value)} is not the name of a Secret`, 'Write the name of a Secret: "registry".');
    return;
  }
  refuseOwnObject({ kind: "Secret", path, name: value }, settings, problems);
  names.add(value);
}

function readRegistry(reader: ObjectReader, settings: ModuleSettings, problems: Problems): Registry | undefined {
  if (!settings.registryCredentials) {
    const { value } = reader.take("password") ?? {};
    const isOpen = typeof value === "string" && placeholder.test(value);
    const message = isOpen
      ? "has a password to fill in, which would be in a ConfigMap"
      : "has a password that nobody may write into a Secret";
    if (isOpen) problems.error(reader.path, message, `${secretRemedy}.`);
    else problems.error(reader.path, message, plainRemedy, "registryCredentials");
    return undefined;
  }
  const text = (key: string, isValid: (value: string) => boolean) => {
    const value = reader.take(key)?.value;
    if (typeof value === "string" && placeholder.test(value)) {
      problems.error(
        pathOf(reader.path, key),
        "is a placeholder that is not filled in: it would be in a ConfigMap",
        `${secretRemedy}.`,
      );
      return undefined;
    }
    if (typeof value === "string" && value !== "" && value.length <= maxText && isValid(value)) return value;
    const what = value === undefined ? "is missing" : "is not usable";
    problems.error(pathOf(reader.path, key), what, "Write address, username and password as strings.");
    return undefined;
  };
  const registry = {
    address: text("address", (value) => address.test(value)),
    username: text("username", (value) => !value.includes(":")),
    password: text("password", () => true),
  };
  const { address: host, username, password } = registry;
  if (host === undefined || username === undefined || password === undefined) return undefined;
  return { address: host, username, password };
}
