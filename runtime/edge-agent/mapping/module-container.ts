import type { V1Container, V1Volume } from "@kubernetes/client-node";
import type { Wire } from "#base";
import { type ModuleDefaults, type ModuleSettings, mountPaths } from "#contract";
import { type ContainerPort, hasMovingTag, type Module, type Resources } from "#manifest";
import { literal } from "./environment.ts";
import { isRootReadOnly, moduleSecurity } from "./module-security.ts";
import { probesOf } from "./probes.ts";
import { portName } from "./service.ts";

const pullPolicies = { "on-create": "IfNotPresent", never: "Never" } as const;
const scratchVolume = "iotedge-tmp";

/** What the installation says of its modules' containers. */
interface ContainerSettings {
  readonly defaults: ModuleDefaults;
  readonly movingTags: ModuleSettings["movingTags"];
}

/** The module's own container, which has the name of the module's objects. */
export function moduleContainer(
  module: Module,
  name: string,
  env: V1Container["env"] & object,
  { defaults, movingTags }: ContainerSettings,
): V1Container {
  const { command, args, workingDirectory, ports, stdin, tty, mounts } = module.container;
  const volumeMounts = [...mounts, ...(needsScratch(module, defaults) ? [scratchMount] : [])];
  return {
    name,
    image: module.image,
    imagePullPolicy: pullPolicyOf(module, movingTags),
    ...(command === undefined ? {} : { command: command.map(literal) }),
    ...(args === undefined ? {} : { args: args.map(literal) }),
    ...(workingDirectory === undefined ? {} : { workingDir: workingDirectory }),
    ...(stdin ? { stdin } : {}),
    ...(tty ? { tty } : {}),
    env,
    ...(ports.length === 0
      ? {}
      : {
          ports: ports.map((port) => ({
            name: portName(port),
            containerPort: port.port,
            protocol: port.protocol,
            ...hostPortOf(port, module),
          })),
        }),
    ...resourcesOf(module.container),
    ...probesOf(module),
    securityContext: moduleSecurity(module, defaults),
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
  };
}

function pullPolicyOf({ image, imagePullPolicy }: Module, movingTags: ModuleSettings["movingTags"]): string {
  const isAsked = movingTags === "always" && imagePullPolicy !== "never" && hasMovingTag(image);
  return isAsked ? "Always" : pullPolicies[imagePullPolicy];
}

/** The volumes that {@link moduleContainer} mounts. */
export function moduleVolumes(module: Module, defaults: ModuleDefaults): Wire<V1Volume>[] {
  return [
    ...module.container.volumes,
    ...(needsScratch(module, defaults) ? [{ name: scratchVolume, emptyDir: {} }] : []),
  ];
}

const scratchMount = { name: scratchVolume, mountPath: mountPaths.scratch };

/** The port of the node that leads to a container's, where there is one. */
function hostPortOf({ port, protocol }: ContainerPort, { privileges, service }: Module): { hostPort?: number } {
  // As the API server would fill it in, and keep it when the module leaves the node's network.
  if (privileges.hostNetwork) return { hostPort: port };
  if (service.published !== "HostPort") return {};
  const bound = service.ports.find((one) => one.onHost && one.target === port && one.protocol === protocol);
  return bound === undefined ? {} : { hostPort: bound.port };
}

/** `/tmp` stays writable where the rest of the file system is not. */
function needsScratch(module: Module, defaults: ModuleDefaults): boolean {
  const { mounts } = module.container;
  return isRootReadOnly(module, defaults) && !mounts.some(({ mountPath }) => mountPath === mountPaths.scratch);
}

function resourcesOf({ resources, claimTemplates }: Module["container"]): Pick<V1Container, "resources"> {
  if (Object.keys(resources).length === 0 && claimTemplates === undefined) return {};
  const claims = claimTemplates?.map((name) => ({ name: claimName(name) }));
  return { resources: { ...copyOf(resources), ...(claims === undefined ? {} : { claims }) } };
}

/** Within its pod, a claim has a name of one label. */
export function claimName(template: string): string {
  return template.replaceAll(".", "-").slice(0, 63).replace(/-+$/, "");
}

function copyOf({ requests, limits }: Resources) {
  return {
    ...(requests === undefined ? {} : { requests: { ...requests } }),
    ...(limits === undefined ? {} : { limits: { ...limits } }),
  };
}
