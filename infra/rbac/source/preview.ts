import { isJsonObject } from "#base";
import { Collector } from "../collect/collector.ts";
import { holdsPlaceholder } from "../collect/fields.ts";
import { rbacErrors } from "../errors.ts";
import type { Origin } from "../model/objects.ts";
import { type PreviewState, type PreviewStep, readPreviewDocument } from "./preview-document.ts";
import { readBoundedFile } from "./read-file.ts";
import { onlyCluster, type Source } from "./source.ts";
import { sourcePlaces } from "./source-position.ts";

/** Both sides of a `pulumi preview`: what the stack's state says now, and what it would say after the update. */
export interface PreviewSources {
  readonly base: Source;
  readonly head: Source;
}

/** @throws errors of {@link readPreviewDocument} and of the {@link Collector} */
export async function readPreview(file: string): Promise<PreviewSources> {
  return previewSources(readPreviewDocument(await readBoundedFile(file), file), file);
}

type Side = "base" | "head";

/** Operations that tell what becomes of a resource. What is not listed is of a later Pulumi, and refused. */
const logical = new Set(["same", "update", "replace", "create", "import", "delete", "discard"]);
/** Parts of a `replace` that `--show-replacement-steps` adds. They count where the `replace` itself is left out. */
const replacing = new Set(["create-replacement", "import-replacement"]);
/** Steps that end an old copy, or that are about resources outside of this stack. */
const ignored = new Set([
  "delete-replaced",
  "discard-replaced",
  "remove-pending-replace",
  "read",
  "read-replacement",
  "refresh",
  "diff",
  "extend-parameterize",
]);

export function previewSources(steps: readonly PreviewStep[], file: string): PreviewSources {
  const final = [...decisiveSteps(steps, file).values()];
  return { base: side("base", final, file), head: side("head", final, file) };
}

/** The one step of each resource that says what it was and what it will be. */
function decisiveSteps(steps: readonly PreviewStep[], file: string): Map<string, PreviewStep> {
  const byUrn = new Map<string, PreviewStep>();
  for (const step of steps) {
    if (logical.has(step.op)) {
      // An earlier update that failed can leave an old copy of a resource to delete, beside the resource itself.
      if (step.op === "delete" && step.oldState?.delete === true) continue;
      // After a refresh one resource can stand here twice; the later step starts from what the cluster really has.
      byUrn.set(step.urn, step);
    } else if (replacing.has(step.op)) {
      if (!byUrn.has(step.urn)) byUrn.set(step.urn, step);
    } else if (!ignored.has(step.op)) {
      throw rbacErrors.EDGE_RBAC_PREVIEW_FORMAT({ file, problem: `the operation '${step.op}' is not known` });
    }
  }
  return byUrn;
}

function side(which: Side, steps: readonly PreviewStep[], file: string): Source {
  const providers = providerNamespaces(which, steps);
  const placeOf = sourcePlaces(steps.flatMap(({ oldState, newState }) => [oldState, newState].flatMap(positionOf)));
  const collectors = new Map<string, Collector>();
  for (const step of steps) {
    const state = which === "base" ? step.oldState : step.newState;
    if (state === undefined || state.external === true) continue;
    const type = state.custom === false ? undefined : kubernetesType(state.type);
    if (type === undefined && !leavesChildrenOut(state)) continue;
    const provider = providerUrn(state.provider ?? step.provider ?? "");
    const cluster = clusterName(provider);
    const defaultNamespace = providers.get(provider) ?? "default";
    const collector = collectors.get(cluster) ?? new Collector({ cluster, defaultNamespace });
    collectors.set(cluster, collector);
    const identity = step.op === "same" ? step.urn : `${which} ${step.urn}`;
    const provenance = { origin: { urn: state.urn, ...placeOf(state.sourcePosition ?? "") }, identity };
    if (type !== undefined) addResource(collector, type, state, provenance);
    else collector.noteMaker(`${state.type} ${nameOf(state)}`, childrenUnknown, provenance);
  }
  const clusters = [...collectors.values()].map((collector) => collector.objects());
  return { title: which === "base" ? "current state" : `preview ${file}`, clusters };
}

/** Components that make objects of manifests, charts and kustomizations. */
const makesObjects = /^kubernetes:(?:yaml|kustomize|helm\.sh)(?:\/v\d+)?:/;
const childrenUnknown =
  "has inputs that are not known before the update, so the preview leaves out what it makes; pass what it renders";

/** A preview has none of the objects that a component makes of what is not known yet. */
const leavesChildrenOut = ({ custom, type, inputs }: PreviewState) =>
  custom === false && makesObjects.test(type) && holdsPlaceholder(inputs);

const nameOf = ({ urn }: PreviewState) => urn.split("::").at(-1) ?? "";

function addResource(
  collector: Collector,
  type: { readonly apiVersion: string; readonly kind: string },
  state: PreviewState,
  provenance: { readonly origin: Origin; readonly identity: string },
): void {
  // The type token says more than the inputs: those of a Helm Release, for one, have no kind.
  if (isJsonObject(state.inputs)) {
    collector.add({ ...state.inputs, ...type }, provenance);
    return;
  }
  const named = { ...type, metadata: { name: `(${nameOf(state)})` } };
  collector.addWhole(named, state.inputs === "[secret]" ? "secret" : "unknown", provenance);
}

/** `kubernetes:core/v1:Namespace` is `v1 Namespace`. */
function kubernetesType(token: string): { apiVersion: string; kind: string } | undefined {
  const [, groupVersion, kind] = /^kubernetes:([^:]+\/[^:]+):([^:]+)$/.exec(token) ?? [];
  if (groupVersion === undefined || kind === undefined) return undefined;
  return { apiVersion: groupVersion.replace(/^core\//, ""), kind };
}

/** Steps name a provider as `URN::id`. */
const providerUrn = (reference: string) => reference.split("::").slice(0, -1).join("::");

/** One stack may deploy to several clusters, one provider each. */
function clusterName(urn: string): string {
  const name = urn.split("::").at(-1) ?? "";
  return name === "" || /^default(_\d+)*$/.test(name) ? onlyCluster : name;
}

function providerNamespaces(which: Side, steps: readonly PreviewStep[]): Map<string, string> {
  const namespaces = new Map<string, string>();
  for (const step of steps) {
    const state = which === "base" ? step.oldState : step.newState;
    if (state?.type !== "pulumi:providers:kubernetes" || !isJsonObject(state.inputs)) continue;
    if (typeof state.inputs.namespace === "string") namespaces.set(state.urn, state.inputs.namespace);
  }
  return namespaces;
}

function positionOf(state: PreviewState | undefined): readonly string[] {
  return state?.sourcePosition === undefined ? [] : [state.sourcePosition];
}
