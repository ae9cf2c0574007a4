import { literal } from "./cel.ts";
import { isPuller } from "./puller-rules.ts";

const now = "dyn(object)";
const old = "dyn(oldObject)";

/**
 * What the rules speak of, each worked out when a rule first asks for it. `dyn` because fields differ by kind: the API
 * server would warn of every field that one of the kinds has not.
 */
export const variables = [
  // What is written, or deleted.
  { name: "subject", expression: `request.operation == "DELETE" ? ${old} : ${now}` },
  { name: "labels", expression: mapOf("variables.subject", "metadata.labels") },
  { name: "annotations", expression: mapOf("variables.subject", "metadata.annotations") },
  { name: "isPuller", expression: isPuller },
  { name: "isChange", expression: 'request.operation == "UPDATE"' },
  { name: "labelsBefore", expression: `request.operation == "CREATE" ? dyn({}) : (${mapOf(old, "metadata.labels")})` },
  { name: "annotationsBefore", expression: `variables.isChange ? (${mapOf(old, "metadata.annotations")}) : dyn({})` },
  { name: "owners", expression: listOf(now, "ownerReferences") },
  { name: "ownersBefore", expression: `variables.isChange ? (${listOf(old, "ownerReferences")}) : dyn([])` },
  { name: "finalizers", expression: listOf(now, "finalizers") },
  { name: "finalizersBefore", expression: `variables.isChange ? (${listOf(old, "finalizers")}) : dyn([])` },
  { name: "specBefore", expression: `variables.isChange && has(${old}.spec) ? ${old}.spec : dyn({})` },
  // A template that stays as it is gives nobody anything new, and that of a Job cannot be changed.
  {
    name: "hasNewTemplate",
    expression:
      `request.resource.resource in ${literal(["deployments", "jobs"])} && request.operation != "DELETE" && ` +
      `!(variables.isChange && ${old}.spec.template == ${now}.spec.template)`,
  },
  { name: "template", expression: `${now}.spec.template` },
  { name: "templateLabels", expression: mapOf("variables.template", "metadata.labels") },
  { name: "templateAnnotations", expression: mapOf("variables.template", "metadata.annotations") },
  { name: "templateBefore", expression: `variables.isChange ? ${old}.spec.template : dyn({})` },
  { name: "templateLabelsBefore", expression: mapOf("variables.templateBefore", "metadata.labels") },
  { name: "templateAnnotationsBefore", expression: mapOf("variables.templateBefore", "metadata.annotations") },
  { name: "podBefore", expression: `variables.isChange ? ${old}.spec.template.spec : dyn({})` },
  { name: "pod", expression: "variables.template.spec" },
  { name: "initContainers", expression: "has(variables.pod.initContainers) ? variables.pod.initContainers : dyn([])" },
  { name: "containers", expression: "variables.pod.containers + variables.initContainers" },
];

/** A map of strings that may be absent, as may be what holds it. */
function mapOf(object: string, field: "metadata.labels" | "metadata.annotations"): string {
  return `has(${object}.metadata) && has(${object}.${field}) ? ${object}.${field} : dyn({})`;
}

function listOf(object: string, field: "ownerReferences" | "finalizers"): string {
  return `has(${object}.metadata.${field}) ? ${object}.metadata.${field} : dyn([])`;
}
