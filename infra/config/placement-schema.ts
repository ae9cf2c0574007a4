import Type from "typebox";
import { AffinitySchema, TolerationsSchema } from "#manifest";
import { text } from "./text-kinds.ts";

/** On which nodes a daemon runs. */
export function placementConfig(of: string) {
  return {
    nodeSelector: Type.Record(Type.String(), text("labelValue", "Value of a node's label."), {
      description: `Labels that a node must have to run ${of}.`,
      default: {},
    }),
    tolerations: Type.Optional({
      ...TolerationsSchema,
      description: `Taints of nodes on which ${of} may run all the same, as Kubernetes has tolerations.`,
    }),
    affinity: Type.Optional({ ...AffinitySchema, description: `Affinity of ${of}'s pods, as Kubernetes has it.` }),
    priorityClassName: Type.Optional(text("objectName", `PriorityClass of ${of}'s pods.`)),
  };
}
