import type { V1Container, V1SecurityContext, V1Volume } from "@kubernetes/client-node";
import type { Wire } from "#base";
import { mountPaths } from "#contract";
import type { Module, Resources } from "#manifest";
import { hardenedContainerSecurity } from "#shared";
import { literal } from "./environment.ts";
import { probesOf } from "./probes.ts";
import { portName } from "./service.ts";

/** User that a module runs as when it names none: many images name root, which no module may be. */
const defaultUser = 1000;
const pullPolicies = { "on-create": "IfNotPresent", never: "Never" } as const;
const scratchVolume = "iotedge-tmp";

/** The module's own container, which has the name of the module's objects. */
export function moduleContainer(module: Module, name: string, env: V1Container["env"] & object): V1Container {
  const { command, args, workingDirectory, ports, stdin, tty, resources, mounts } = module.container;
  const { hostNetwork } = module.privileges;
  const volumeMounts = [...mounts, ...(needsScratch(module) ? [scratchMount] : [])];
  return {
    name,
    image: module.image,
    imagePullPolicy: pullPolicies[module.imagePullPolicy],
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
            // As the API server would fill it in, and keep it when the module leaves the node's network.
            ...(hostNetwork ? { hostPort: port.port } : {}),
          })),
        }),
    ...(Object.keys(resources).length === 0 ? {} : { resources: copyOf(resources) }),
    ...probesOf(module),
    securityContext: moduleSecurity(module),
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
  };
}

/** The volumes that {@link moduleContainer} mounts. */
export function moduleVolumes(module: Module): Wire<V1Volume>[] {
  return [...module.container.volumes, ...(needsScratch(module) ? [{ name: scratchVolume, emptyDir: {} }] : [])];
}

const scratchMount = { name: scratchVolume, mountPath: mountPaths.scratch };

/** `/tmp` stays writable where the rest of the file system is not. */
function needsScratch({ container }: Module): boolean {
  return container.readOnlyRoot && !container.mounts.some(({ mountPath }) => mountPath === mountPaths.scratch);
}

function moduleSecurity({ container, privileges }: Module): V1SecurityContext {
  const { privileged, capabilities } = privileges;
  return {
    ...hardenedContainerSecurity,
    ...(capabilities.length === 0 ? {} : { capabilities: { drop: ["ALL"], add: [...capabilities] } }),
    // The API server takes the one only beside the other.
    ...(privileged || capabilities.includes("SYS_ADMIN") ? { privileged, allowPrivilegeEscalation: true } : {}),
    readOnlyRootFilesystem: container.readOnlyRoot,
    ...userSecurity(container.user),
  };
}

function userSecurity(user: Module["container"]["user"]): V1SecurityContext {
  if (user === "image") return { runAsNonRoot: false };
  const { uid = defaultUser, gid } = user ?? {};
  return { runAsNonRoot: uid !== 0, runAsUser: uid, ...(gid === undefined ? {} : { runAsGroup: gid }) };
}

function copyOf({ requests, limits }: Resources) {
  return {
    ...(requests === undefined ? {} : { requests: { ...requests } }),
    ...(limits === undefined ? {} : { limits: { ...limits } }),
  };
}
