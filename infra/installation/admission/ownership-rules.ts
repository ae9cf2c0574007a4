import { objectNames } from "#contract";
import { every, literal, some } from "./cel.ts";
import type { Guarded, Rule } from "./rule.ts";

const isDeletion = 'request.operation == "DELETE"';
const isClaim = 'request.resource.resource == "persistentvolumeclaims"';
/** With which the API server itself provides a new claim. */
const ofNewObjects = ["kubernetes.io/pvc-protection"];

/**
 * That what EdgeAgent writes goes when its installation goes, and when nothing wants it any more. That the owner's uid is the
 * right one, the garbage collector sees to: it takes away what belongs to something that is not there.
 */
export function ownershipRules({ settings }: Guarded): readonly Rule[] {
  const isOwner = every([
    'owner.apiVersion == "v1" && owner.kind == "ServiceAccount"',
    `owner.name == ${literal(objectNames.iotedged)}`,
    `owner.all(field, field in ${literal(["apiVersion", "kind", "name", "uid"])})`,
  ]);
  const isKept = "variables.ownersBefore.exists(before, before == owner)";
  const isOwned = every([
    `variables.owners.exists(owner, ${isOwner})`,
    `variables.owners.all(owner, ${some([isOwner, isKept])})`,
  ]);
  // What is to be kept when the installation goes must not belong to it.
  const isRetained = `variables.owners.all(owner, ${isKept})`;
  const { deletion } = settings.modules.volumes;
  return [
    {
      expression: some([isDeletion, deletion === "delete" ? isOwned : `${isClaim} ? ${isRetained} : ${isOwned}`]),
      message:
        "what EdgeAgent writes belongs to ServiceAccount iotedged, with which it is deleted, and holds nobody up",
    },
    {
      expression: some([
        isDeletion,
        "variables.isChange ? variables.finalizers == variables.finalizersBefore : " +
          `variables.finalizers.all(finalizer, finalizer in ${literal(ofNewObjects)})`,
      ]),
      message: "EdgeAgent adds and removes no finalizers",
    },
  ];
}
