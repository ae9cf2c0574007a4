import type { V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { Wire } from "#base";
import { exceeds, limits } from "./limits.ts";
import { say } from "./message.ts";
import { type Problems, shown } from "./problems.ts";

/** Volumes of a pod, and where its module finds them. */
export interface Storage {
  readonly volumes: readonly Wire<V1Volume>[];
  readonly mounts: readonly V1VolumeMount[];
  /** What the manifest calls the volumes of claims that have another name, by the claim's; absent without any. */
  readonly claimSources?: Readonly<Record<string, string>>;
}

type Source = Omit<Wire<V1Volume>, "name">;

/** Where something is mounted, and where in the manifest that is said. */
interface Place {
  readonly path: string;
  readonly target: string;
  readonly readOnly?: boolean;
}

/** Collects volumes and mounts: each name and each path once. */
export interface VolumeList {
  readonly storage: Storage;
  /** Adds a volume that the manifest names. */
  declare(volume: Wire<V1Volume>, path: string): void;
  mountDeclared(name: string, place: Place, more: Partial<V1VolumeMount>): void;
  /** Mounts a source; the same source is one volume, however often it is mounted. */
  mount(source: Source, place: Place, more?: Partial<V1VolumeMount>): void;
  /** Mounts the claim of a volume that the manifest calls `source`. */
  mountClaim(claimName: string, source: string, place: Place): void;
}

/** No colon, which Kubernetes refuses, and no step upwards. */
const absolute = /^\/(?!(.*\/)?\.\.?(\/|$))[^:]{1,1023}$/;

/** Where container runtimes mount nothing but the kernel's own, be it that of the node. */
const kernels = "/proc";

/** The path as container runtimes take it: `//proc/` is `/proc`. */
export function asMounted(path: string): string {
  const once = path.replaceAll(/\/{2,}/g, "/");
  return once.length > 1 && once.endsWith("/") ? once.slice(0, -1) : once;
}

export function createVolumeList(problems: Problems): VolumeList {
  const volumes: Wire<V1Volume>[] = [];
  const mounts: V1VolumeMount[] = [];
  const names = new Set<string>();
  const places = new Set<string>();
  const shared = new Map<string, string>();
  const sources = new Map<string, string>();

  function declare(volume: Wire<V1Volume>, path: string): void {
    if (names.has(volume.name)) {
      problems.error(path, say`${shown(volume.name)} is the name of another volume, too`, "Give each its own name.");
      return;
    }
    names.add(volume.name);
    volumes.push(volume);
  }

  function mountDeclared(name: string, { path, target, readOnly }: Place, more: Partial<V1VolumeMount>): void {
    if (exceeds(limits.mounts, path, mounts.length + 1, problems)) return;
    if (exceeds(limits.path, path, target.length, problems)) return;
    const mountPath = asMounted(target);
    if (!absolute.test(mountPath)) {
      problems.error(path, say`${shown(target)} is not a path to mount at`, "Write an absolute path without : and ..");
      return;
    }
    const isOfNode = volumes.some((one) => one.name === name && one.hostPath?.path === kernels);
    if (/^\/proc(\/|$)/.test(mountPath) && !(isOfNode && mountPath === kernels)) {
      problems.error(
        path,
        say`${shown(target)} is the kernel's, and no volume can be there`,
        "Mount it at another path.",
      );
      return;
    }
    if (places.has(mountPath)) {
      problems.error(path, say`${shown(target)} is mounted twice`, "Mount one volume at a path.");
      return;
    }
    places.add(mountPath);
    mounts.push({ name, mountPath, ...(readOnly ? { readOnly } : {}), ...more });
  }

  /** Claims are shared between mounts; scratch space is each mount's own. */
  function nameOf(source: Source, path: string): string {
    const key = source.persistentVolumeClaim?.claimName;
    const known = key === undefined ? undefined : shared.get(key);
    if (known !== undefined) return known;
    const name = `iotedge-volume-${volumes.length + 1}`;
    if (key !== undefined) shared.set(key, name);
    declare({ name, ...source }, path);
    return name;
  }

  function mount(source: Source, place: Place, more: Partial<V1VolumeMount> = {}): void {
    const name = mounts.length < limits.mounts.most ? nameOf(source, place.path) : "";
    mountDeclared(name, place, more);
  }

  return {
    get storage() {
      const renamed = [...sources].filter(([claimName, source]) => claimName !== source);
      return { volumes, mounts, ...(renamed.length === 0 ? {} : { claimSources: Object.fromEntries(renamed) }) };
    },
    declare,
    mountDeclared,
    mount,
    mountClaim(claimName, source, place) {
      const other = sources.get(claimName) ?? source;
      if (other !== source) refuseOneClaim({ claimName, source, other }, place.path, problems);
      sources.set(claimName, other);
      mount({ persistentVolumeClaim: { claimName } }, place);
    },
  };
}

/** Two volumes of one claim would be one volume: each would find the other's files. */
export function refuseOneClaim(
  { claimName, source, other }: { readonly claimName: string; readonly source: string; readonly other: string },
  path: string,
  problems: Problems,
): void {
  problems.error(
    path,
    say`volumes ${shown(other)} and ${shown(source)} would both be PersistentVolumeClaim ${claimName}`,
    "Give one of them a name that differs in small letters, digits and -, too.",
  );
}
