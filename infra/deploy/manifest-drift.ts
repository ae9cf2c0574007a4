import { canonicalJson, isJsonObject, type Json, parseJson } from "#base";
import { dataKeys, fieldManagers, objectNames } from "#contract";
import type { Cluster, LiveObject } from "../kubernetes/index.ts";
import type { KubernetesObject } from "../render/index.ts";
import { type Finding, findingOf, type Hints } from "./findings/finding.ts";

const maxPlaces = 5;
/** How those who deploy name themselves as the managers of what they write. */
const deployers = [fieldManagers.edgectl, "pulumi", "kustomize-controller", "argocd-controller"];

/** Installations whose deployment manifest in the cluster is another one than the stack declares. */
export async function readManifestDrift(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  hints: Hints,
): Promise<readonly Finding[]> {
  const declared = objects.filter(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === objectNames.deployment,
  );
  const found = await Promise.all(
    declared.map(async (object) => {
      const namespace = object.metadata.namespace ?? "default";
      const live = await cluster.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: objectNames.deployment });
      return live && manifestDrift(namespace, textOf(object), live, hints.of(live));
    }),
  );
  return found.filter((finding) => finding !== undefined);
}

/** @param declared the manifest of the stack; undefined where it cannot be known yet */
export function manifestDrift(
  namespace: string,
  declared: string | undefined,
  live: LiveObject,
  hints: Hints,
): Finding | undefined {
  const there = textOf(live) ?? "";
  if (declared === undefined || declared === there) return undefined;
  const [wanted, found] = [parseJson(declared), parseJson(there)];
  if (wanted !== undefined && found !== undefined && canonicalJson(wanted) === canonicalJson(found)) return undefined;
  const writer = lastWriter(live);
  const isDeployer = writer !== undefined && deployers.some((name) => writer.manager.startsWith(name));
  const by = writer === undefined ? "" : `, last written by ${writer.manager} at ${writer.time}`;
  const id = isDeployer ? "manifest-not-deployed" : "manifest-edited";
  const what = `ConfigMap ${objectNames.deployment} is not what the stack declares`;
  const message = isDeployer
    ? `${what}: the stack has changed since it was deployed`
    : `${what}: it was changed by hand`;
  const evidence = `${differences(wanted, found)}${by}`;
  const seen = { subject: live.metadata.uid, occurrence: live.metadata.uid };
  return findingOf(id, { namespace, message, evidence, seen }, hints);
}

function textOf(object: KubernetesObject | LiveObject): string | undefined {
  const data = (object as { readonly data?: Readonly<Record<string, unknown>> }).data;
  const text = data?.[dataKeys.deployment];
  return typeof text === "string" ? text : undefined;
}

/** Who has written the manifest last, as the API server keeps it. */
function lastWriter({ metadata }: LiveObject): { readonly manager: string; readonly time: string } | undefined {
  const entries = (metadata as { readonly managedFields?: readonly ManagedFields[] }).managedFields ?? [];
  const own = entries.filter(({ fieldsV1 }) => fieldsV1?.["f:data"]?.[`f:${dataKeys.deployment}`] !== undefined);
  const last = own.toSorted((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1))[0];
  return last && { manager: last.manager ?? "somebody", time: last.time ?? "some time" };
}

interface ManagedFields {
  readonly manager?: string;
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
}

/** Places alone, never values: a manifest may hold what is not for a terminal. */
function differences(wanted: unknown, found: unknown): string {
  if (!isJsonObject(found)) return "it is no JSON object";
  const places = [...differingPlaces(wanted as Json, found, "")];
  const more = places.length > maxPlaces ? ` and ${places.length - maxPlaces} more` : "";
  return `it differs in ${places.slice(0, maxPlaces).join(", ")}${more}`;
}

const wrappers: ReadonlySet<string> = new Set(["content", "modulesContent", "$edgeAgent", "properties.desired"]);

function* differingPlaces(a: Json | undefined, b: Json | undefined, at: string): Generator<string> {
  if (isJsonObject(a) && isJsonObject(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    for (const key of keys) {
      const next = at === "" && wrappers.has(key) ? "" : at === "" ? key : `${at}.${key}`;
      yield* differingPlaces(a[key], b[key], next);
    }
  } else if (JSON.stringify(a) !== JSON.stringify(b)) {
    yield at === "" ? "the whole" : at;
  }
}
