import type { V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { Wire } from "#base";
import type { ModulePolicy, ModuleSettings } from "#contract";
import { checkSchema } from "./check-schema.ts";
import { refuseOwnObject } from "./closed-objects.ts";
import type { DeviceBind } from "./hardware.ts";
import { readHostPath, refuseWindowsPath } from "./host-paths.ts";
import { VolumesSchema } from "./kubernetes-schemas.ts";
import { limits } from "./limits.ts";
import { fixed, say } from "./message.ts";
import { readMountOptions } from "./mount-options.ts";
import { type Field, ObjectReader, textOf } from "./object-reader.ts";
import { refusePlaceholder } from "./placeholders.ts";
import { type Problems, pathOf, shown } from "./problems.ts";
import { bytes, readDockerSize } from "./resources.ts";
import { asMounted, createVolumeList, type Storage, type VolumeList } from "./volume-list.ts";

/** What begins like this is named by EdgeAgent. */
const ownPrefix = "iotedge-";
const sharedMemory = "/dev/shm";
/** What Docker takes for the name of a volume. */
const volumeName = /^[A-Za-z0-9][\w.-]+$/;

/** Where storage may be asked for. */
export interface StorageFields {
  readonly options: ObjectReader;
  readonly host: ObjectReader | undefined;
  /** `k8s-experimental.volumes`. */
  readonly extension: Field | undefined;
  /** Devices of the node that the module has without a plugin. */
  readonly devices: readonly DeviceBind[];
}

/** Reads every kind of storage that `createOptions` knows; paths of the node as far as the policy allows them. */
export function readStorage(
  { options, host, extension, devices }: StorageFields,
  settings: ModuleSettings,
  problems: Problems,
): Storage {
  const { policy } = settings;
  const list = createVolumeList(problems);
  if (extension !== undefined) readExtension(extension, list, settings, problems);
  if (host !== undefined) {
    for (const field of host.list("Binds", limits.mounts)) readBind(field, list, policy, problems);
    for (const field of host.list("Mounts", limits.mounts)) readMount(field, list, policy, problems);
    readTmpfs(host, list, problems);
    const size = host.integer("ShmSize", 0, Number.MAX_SAFE_INTEGER) || undefined;
    // What the extension mounts there has a size of its own.
    if (size !== undefined && !isMounted(list, sharedMemory)) {
      list.mount(memory(bytes(size)), { path: pathOf(host.path, "ShmSize"), target: sharedMemory });
    }
  }
  for (const [target, { path }] of options.object("Volumes", limits.mounts)?.entries() ?? []) {
    // As Docker has it: the volume that the image declares is what is bound there.
    if (!isMounted(list, target)) list.mount({ emptyDir: {} }, { path, target });
  }
  for (const device of devices) bindDevice(device, list, policy, problems);
  return list.storage;
}

/** Whether something is mounted at a path, however many slashes are in it. */
function isMounted(list: VolumeList, target: string): boolean {
  return list.storage.mounts.some(({ mountPath }) => mountPath === asMounted(target));
}

/** What a directory that is mounted already holds is there without a mount of its own. */
function bindDevice(
  { path, hostPath, target }: DeviceBind,
  list: VolumeList,
  policy: ModulePolicy,
  problems: Problems,
): void {
  const isThere = list.storage.mounts.some(
    ({ mountPath }) => target === mountPath || target.startsWith(mountPath === "/" ? mountPath : `${mountPath}/`),
  );
  const volume = isThere ? undefined : readHostPath({ path, hostPath, readOnly: false }, policy, problems);
  if (volume?.hostPath === undefined) return;
  list.mount({ hostPath: { ...volume.hostPath, type: deviceType(hostPath) } }, { path, target });
}

const deviceDirectory =
  /^\/dev(?:\/(?:bus(?:\/usb.*)?|snd|dri|input|serial(?:\/by-(?:id|path))?|mapper|shm|net|disk.*))?\/?$/;
const blockDevice = /^\/dev\/(?:[shv]d[a-z]|nvme\d+n|mmcblk|loop|dm-|md|sr\d)/;

/** A node that lacks the device says so: without a type, container runtimes make a directory of that name. */
function deviceType(hostPath: string): string {
  if (deviceDirectory.test(hostPath)) return "Directory";
  return blockDevice.test(hostPath) ? "BlockDevice" : "CharDevice";
}

const memory = (sizeLimit?: string) => ({
  emptyDir: { medium: "Memory", ...(sizeLimit === undefined ? {} : { sizeLimit }) },
});

/** `name:/path[:options]`, as Docker's named volumes are bound; with a path before the colon it is the node's. */
function readBind(field: Field, list: VolumeList, policy: ModulePolicy, problems: Problems): void {
  const text = textOf(field, problems) ?? "";
  if (refusePlaceholder(field.path, text, problems) || refuseWindowsPath(field.path, text, problems)) return;
  const [, source = text, target = "", flags = ""] = /^([^:]+):([^:]+)(?::([^:]*))?$/.exec(text) ?? [];
  const words = flags.split(",").filter((word) => word !== "");
  warnOfFlags(field.path, words, problems);
  const place = { path: field.path, target, readOnly: words.includes("ro") };
  if (volumeName.test(source)) mountClaim(source, place, list, problems);
  else mountHostPath(source, place, list, policy, problems);
}

/** Flags of binds that a pod has, or that change nothing on Linux. */
const plainFlags = ["ro", "rw", "nocopy", "consistent", "cached", "delegated"];

function warnOfFlags(path: string, flags: readonly string[], problems: Problems): void {
  const others = flags.filter((flag) => !plainFlags.includes(flag));
  if (others.length === 0 || problems.hasAllWarnings) return;
  const remedy = "Leave it out, or expect the module to run without it.";
  problems.warn(path, say`${shown(others.join(","))} has no counterpart in Kubernetes and no effect`, remedy);
}

function mountHostPath(
  hostPath: string,
  place: { path: string; target: string; readOnly: boolean },
  list: VolumeList,
  policy: ModulePolicy,
  problems: Problems,
): void {
  const { path, readOnly } = place;
  const allowed = readHostPath({ path, hostPath, readOnly }, policy, problems);
  if (allowed === undefined) return;
  const { recursiveReadOnly, ...volume } = allowed;
  list.mount(volume, place, recursiveReadOnly && { recursiveReadOnly });
}

function readMount(field: Field, list: VolumeList, policy: ModulePolicy, problems: Problems): void {
  const mount = ObjectReader.open(field, problems, { ignoreCase: true });
  if (mount === undefined) return;
  const type = (mount.text("Type") ?? "").toLowerCase();
  const source = mount.text("Source") ?? "";
  const target = mount.text("Target") ?? "";
  const readOnly = mount.flag("ReadOnly") ?? false;
  if ([source, target].some((one) => refusePlaceholder(field.path, one, problems))) return;
  if ([source, target].some((one) => refuseWindowsPath(field.path, one, problems))) return;
  const place = { path: field.path, target, readOnly };
  if (type === "bind") mountHostPath(source, place, list, policy, problems);
  else if (type === "volume" && source === "") list.mount({ emptyDir: {} }, place);
  else if (type === "volume") mountClaim(source, place, list, problems);
  else if (type === "tmpfs") list.mount(memory(readTmpfsSize(mount)), place);
  else
    problems.error(pathOf(field.path, "Type"), say`${shown(type)} is not volume, bind or tmpfs`, "Write one of them.");
  readMountOptions(mount, source, problems);
  mount.warnOfRest();
}

function readTmpfsSize(mount: ObjectReader): string | undefined {
  const size = mount.object("TmpfsOptions")?.integer("SizeBytes", 0, Number.MAX_SAFE_INTEGER) || undefined;
  return size === undefined ? undefined : bytes(size);
}

/** Options of a tmpfs that a volume in memory has anyway. */
const plainTmpfs = /^(?:|rw|ro|exec|suid|dev|mode=0?1?777|size=.*)$/;

/** `HostConfig.Tmpfs`: `{"/run": "rw,size=64m"}`; of the options the size alone matters to a volume in memory. */
function readTmpfs(host: ObjectReader, list: VolumeList, problems: Problems): void {
  const field = host.take("Tmpfs");
  const reader = field && ObjectReader.open(field, problems, { limit: limits.mounts });
  for (const [target, entry] of reader?.entries() ?? []) {
    const words = (textOf(entry, problems) ?? "").split(",");
    const size = words.find((word) => word.startsWith("size="))?.slice("size=".length);
    const limit = size === undefined ? undefined : readDockerSize({ path: entry.path, value: size }, problems);
    const others = words.filter((word) => !plainTmpfs.test(word));
    if (others.length > 0) {
      const message = say`${shown(others.join(","))} has no counterpart in Kubernetes and no effect`;
      problems.ignore(entry.path, message, "Leave it out, or expect the module to run without it.");
    }
    list.mount(memory(limit), { path: entry.path, target, readOnly: words.includes("ro") });
  }
}

/** A Docker volume is a claim: one that is there already, or that EdgeAgent makes where the installation lets it. */
function mountClaim(
  source: string,
  place: { path: string; target: string; readOnly: boolean },
  list: VolumeList,
  problems: Problems,
): void {
  const claimName = claimNameOf(source);
  if (claimName === undefined) {
    problems.error(
      place.path,
      say`${shown(source)} gives no name for a PersistentVolumeClaim`,
      "Use letters and digits.",
    );
    return;
  }
  if (claimName !== source) {
    const message = say`${shown(source)} is PersistentVolumeClaim ${claimName}`;
    problems.warn(place.path, message, "Write the name so in the manifest.");
  }
  list.mountClaim(claimName, source, place);
}

const maxClaimName = 63;
const maxSource = 255;

/** As IoT Edge 1.1 sanitized names of volumes: small letters, digits and `-`. */
function claimNameOf(source: string): string | undefined {
  if (source.length > maxSource) return undefined;
  const name = source
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "")
    .replace(/^-+|-+$/g, "");
  return name === "" || name.length > maxClaimName ? undefined : name;
}

function readExtension(field: Field, list: VolumeList, settings: ModuleSettings, problems: Problems): void {
  for (const [index, { volume, volumeMounts }] of (checkSchema(VolumesSchema, field, problems) ?? []).entries()) {
    const path = pathOf(field.path, index);
    const { name } = volume;
    if (name.startsWith(ownPrefix)) {
      problems.error(
        `${path}.volume.name`,
        say`${shown(name)} begins with ${fixed(ownPrefix)}`,
        "Give it another name.",
      );
    }
    const { secret, configMap, hostPath } = volume;
    let declared = volume as Wire<V1Volume>;
    let recursion: Partial<V1VolumeMount> = {};
    if (hostPath !== undefined) {
      const readOnly = volumeMounts.every((mount) => mount.readOnly === true);
      const { path: wantedPath, type } = hostPath;
      const wanted = { path: `${path}.volume.hostPath.path`, hostPath: wantedPath, type, readOnly };
      const found = readHostPath(wanted, settings.policy, problems);
      declared = { ...declared, hostPath: { ...hostPath, path: found?.hostPath?.path ?? wantedPath } };
      if (found?.recursiveReadOnly !== undefined) recursion = { recursiveReadOnly: found.recursiveReadOnly };
    }
    if (secret !== undefined) {
      const name = { kind: "Secret", path: `${path}.volume.secret.secretName`, name: secret.secretName } as const;
      refuseOwnObject(name, settings, problems);
    }
    if (configMap !== undefined) {
      const name = { kind: "ConfigMap", path: `${path}.volume.configMap.name`, name: configMap.name } as const;
      refuseOwnObject(name, settings, problems);
    }
    list.declare(declared, `${path}.volume.name`);
    for (const [at, { name: mounted = name, mountPath, readOnly, subPath }] of volumeMounts.entries()) {
      const place = `${path}.volumeMounts[${at}]`;
      if (mounted !== name) {
        problems.error(
          `${place}.name`,
          say`${shown(mounted)} is not the volume ${shown(name)} above`,
          "Write the same.",
        );
      }
      const more: Partial<V1VolumeMount> = { ...recursion, ...(subPath ? { subPath } : {}) };
      list.mountDeclared(name, { path: `${place}.mountPath`, target: mountPath, ...(readOnly && { readOnly }) }, more);
    }
  }
}
