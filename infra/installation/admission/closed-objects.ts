import { closedNames, objectNames } from "#contract";
import { eachOf, every, ifPresent, literal, some } from "./cel.ts";
import type { Guarded, Rule } from "./rule.ts";

type Settings = Guarded["settings"];

/** Secrets that no module may read. */
export function closedSecrets({ modules }: Settings): readonly string[] {
  return [...new Set([...closedNames, ...modules.closedSecrets])];
}

/** Secrets that are not even good for fetching images. */
function closedToPulling(settings: Settings): readonly string[] {
  const pulled = [...settings.imagePullSecrets, objectNames.registryCredentials];
  return closedSecrets(settings).filter((name) => !pulled.includes(name));
}

const isOpen = (name: string, closed: readonly string[]) => `!(${name} in ${literal(closed)})`;

/** That containers get nothing of the installation's Secrets and ConfigMaps by variables. */
export function closedVariables(containers: string, settings: Settings): string {
  const secrets = closedSecrets(settings);
  const from = (source: string) =>
    every([
      ifPresent(`${source}.secretRef`, isOpen(`${source}.secretRef.name`, secrets)),
      ifPresent(`${source}.configMapRef`, isOpen(`${source}.configMapRef.name`, closedNames)),
    ]);
  const value = "variable.valueFrom";
  const one = every([
    ifPresent(`${value}.secretKeyRef`, isOpen(`${value}.secretKeyRef.name`, secrets)),
    ifPresent(`${value}.configMapKeyRef`, isOpen(`${value}.configMapKeyRef.name`, closedNames)),
  ]);
  return `${containers}.all(container, ${every([
    eachOf("container.envFrom", "source", from("source")),
    eachOf("container.env", "variable", ifPresent(value, one)),
  ])})`;
}

/** That a pod gets nothing of the installation's Secrets and ConfigMaps by volumes, whatever their kind. */
export function closedVolumes(pod: string, settings: Settings): string {
  const secrets = closedSecrets(settings);
  const secret = (field: string, name: string) => ifPresent(field, isOpen(`${field}.${name}`, secrets));
  const source = every([
    ifPresent("source.secret", isOpen("source.secret.name", secrets)),
    ifPresent("source.configMap", isOpen("source.configMap.name", closedNames)),
  ]);
  const driver = (kind: string, field: string) =>
    ifPresent(`volume.${kind}`, ifPresent(`volume.${kind}.${field}`, isOpen(`volume.${kind}.${field}.name`, secrets)));
  return eachOf(
    `${pod}.volumes`,
    "volume",
    every([
      secret("volume.secret", "secretName"),
      ifPresent("volume.configMap", isOpen("volume.configMap.name", closedNames)),
      ifPresent("volume.projected", eachOf("volume.projected.sources", "source", source)),
      driver("csi", "nodePublishSecretRef"),
      driver("flexVolume", "secretRef"),
    ]),
  );
}

/** That no image is fetched by a Secret of the installation that is not for that. */
export function closedPullSecrets(pod: string, settings: Settings): string {
  return eachOf(`${pod}.imagePullSecrets`, "secret", isOpen("secret.name", closedToPulling(settings)));
}

/** That no annotation tells an injector of one: a name inside of a longer one is none. */
export function closedInAnnotations(annotations: string, settings: Settings): string {
  const names = literal(closedSecrets(settings));
  const [before, after] = [literal("(^|[^a-z0-9-])"), literal("([^a-z0-9-]|$)")];
  const isNamed = (text: string) => `${text}.contains(name) && ${text}.matches(${before} + name + ${after})`;
  return `${annotations}.all(key, ${names}.all(name, !(${some([isNamed("key"), isNamed(`${annotations}[key]`)])})))`;
}

/** The rules of a pod as it is when all who change pods on their way have done so. */
export function closedObjectRules(settings: Settings): readonly Rule[] {
  const message = "a module gets nothing of the Secrets and ConfigMaps of its installation";
  // Containers and init containers are lists of different types to the type checker.
  const spec = "dyn(object).spec";
  const containers = `(${spec}.containers + (has(${spec}.initContainers) ? ${spec}.initContainers : dyn([])))`;
  return [
    { expression: closedVolumes("object.spec", settings), message: `${message}: volumes` },
    { expression: closedVariables(containers, settings), message: `${message}: variables` },
    { expression: closedPullSecrets("object.spec", settings), message: `${message}: pull Secrets` },
  ];
}
