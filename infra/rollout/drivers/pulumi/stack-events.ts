import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import type { ObjectChange } from "../../model/index.ts";

/** What a preview's events say. */
export interface PreviewedStack {
  readonly changes: readonly ObjectChange[];
  /** RBAC objects and ServiceAccounts, as they are and as they would be. */
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

const operations: Readonly<Record<string, ObjectChange["operation"]>> = {
  create: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
};
const rbacTypes = /^kubernetes:(rbac\.authorization\.k8s\.io\/|core\/v1:ServiceAccount$)/;
const colors = /<\{%[^%]*%\}>/g;
const kinds: Readonly<Record<string, string>> = { A: "added", D: "removed", U: "changed" };

/**
 * Takes the changes out of the events of a preview. The steps into which Pulumi splits a replacement are one change.
 * Values of fields are never shown: which of them are secret only the engine knows for sure.
 */
export function readPreview(events: readonly EngineEvent[]): PreviewedStack {
  const steps = events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  const rbac = steps.filter(({ type }) => rbacTypes.test(type));
  return {
    changes: steps.flatMap(changeOf).toSorted((a, b) => (a.object < b.object ? -1 : 1)),
    before: rbac.flatMap(({ op, old }) => (op.startsWith("create") ? [] : inputsOf(old))),
    after: rbac.flatMap((step) => (step.op.startsWith("delete") ? [] : inputsOf(step.new))),
  };
}

/** The errors that a preview or an update has told of: each once, with the resource, and none that says no more. */
export function problemsOf(events: readonly EngineEvent[]): readonly string[] {
  const errors = events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "error" ? diagnosticEvent : [],
  );
  const told = errors.map(({ urn, message }) => {
    const text = message.replaceAll(colors, "").trim();
    const resource = urn?.split("::").at(-1);
    return resource === undefined ? text : `${resource}: ${text}`;
  });
  const distinct = [...new Set(told)];
  const telling = distinct.filter((text) => !/^(update|preview|refresh|destroy) failed$/i.test(text));
  return telling.length > 0 ? telling : distinct;
}

function changeOf(step: StepEventMetadata): readonly ObjectChange[] {
  const operation = operations[step.op];
  if (operation === undefined || step.type.startsWith("pulumi:")) return [];
  const diff = Object.entries(step.detailedDiff ?? {});
  const fields =
    diff.length > 0
      ? diff.map(([path, { diffKind }]) => `${path}: ${describeKind(diffKind)}`)
      : (step.diffs ?? []).map((path) => `${path}: changed`);
  return [{ operation, object: nameOf(step), fields: operation === "create" ? [] : fields.toSorted() }];
}

/** `add`, `add-replace`, `delete`, `update-replace`, ... */
function describeKind(kind: string): string {
  const [verb = ""] = kind.split("-");
  return kinds[verb.slice(0, 1).toUpperCase()] ?? "changed";
}

/** `apps/v1/Deployment edge-a/iotedged`, or type and name where it is no Kubernetes object. */
function nameOf({ urn, type, new: next, old }: StepEventMetadata): string {
  const inputs = (next ?? old)?.inputs as
    | { apiVersion?: unknown; kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } }
    | undefined;
  const { apiVersion, kind, metadata } = inputs ?? {};
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof metadata?.name !== "string") {
    return `${type} ${urn.split("::").at(-1) ?? urn}`;
  }
  const place = typeof metadata.namespace === "string" ? `${metadata.namespace}/` : "";
  return `${apiVersion}/${kind} ${place}${metadata.name}`;
}

function inputsOf(state: StepEventMetadata["old"]): readonly unknown[] {
  return state?.inputs === undefined ? [] : [state.inputs];
}
