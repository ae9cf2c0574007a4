import { defineErrors } from "#base";

/** EdgeAgent's work. */
export const edgeAgentErrors = defineErrors({
  EDGE_AGENT_MANIFEST_MISSING: {
    message: "ConfigMap {name} has no key {key}",
    cause: "The installation declares no deployment manifest, or somebody deleted it.",
    remedy: "Deploy the stack with a deployment manifest. What runs is kept meanwhile.",
  },
  EDGE_AGENT_HUB_MANIFEST_MISSING: {
    message: "the desired properties of $edgeAgent in IoT Hub are empty",
    cause: "No modules were set for the device yet.",
    remedy: "Set them: `az iot edge set-modules`, or a deployment of the hub. What runs is kept meanwhile.",
  },
  EDGE_AGENT_HUB_MANIFEST_UNKNOWN: {
    message: "the desired properties of $edgeAgent in IoT Hub were not read since EdgeAgent started",
    cause: "EdgeAgent is not connected to the hub yet. Manifests of the hub are not kept in the cluster.",
    remedy: "Nothing, where the hub is away: what runs is kept meanwhile. Else see the Events of Deployment edgeagent.",
  },
  EDGE_AGENT_HUB_IDENTITY: {
    message: "iotedged has no place in IoT Hub for EdgeAgent yet: {reason}",
    cause: "iotedged is not ready, cannot reach the hub, or is refused there.",
    remedy: "It is asked again by itself. If it stays, see the Events and the log of iotedged.",
  },
  EDGE_AGENT_MANIFEST_INVALID: {
    message: "the deployment manifest is refused: {problems}",
    cause: "A field of the manifest is missing, has a wrong value, or asks for what a module may not have.",
    remedy: "Correct the named fields and deploy again. What runs is kept meanwhile.",
  },
  EDGE_AGENT_NAME_TAKEN: {
    message: "{kind} {name} is there already and does not belong to module {module}",
    cause: "Somebody made an object of that name, and EdgeAgent writes only its own.",
    remedy: "Delete or rename that object, or give the module another id.",
  },
  EDGE_AGENT_JOB_LEFT: {
    message: "module {module} still has pods of Job {name}, which EdgeAgent may not delete: somebody else has to",
    cause: "The Job is from before edgeAgent.jobs was turned off, or somebody else made it for the module.",
    remedy:
      "Run `kubectl delete job {name} -n {namespace}`, or turn edgeAgent.jobs on again. The module is left as it is meanwhile.",
  },
  EDGE_AGENT_IMAGE_NOT_FETCHED: {
    message: "module {module} runs on as it is, since {images} cannot be fetched: {reason}",
    cause:
      "The registry does not have the image, does not give it to these credentials, or cannot be reached. The old pod is not stopped for an image that is not there.",
    remedy: "Correct the image or the credentials and deploy again. It is tried again by itself meanwhile.",
  },
  EDGE_AGENT_MODULE_FAILED: {
    message: "module {module} could not be brought to its desired state: {reason}",
    cause: "The API server refused an object of the module or did not answer.",
    remedy: "The call is repeated by itself. Correct what the reason names when it stays.",
  },
  EDGE_AGENT_PERMISSION_MISSING: {
    message: "Role edgeagent lacks {rights}",
    cause: "The Role was changed, or the stack was deployed by another version.",
    remedy: "Deploy the stack again, so that its Role is restored.",
  },
  EDGE_AGENT_SYSTEM_INFO: {
    message: "iotedged did not tell about the system at {uri}: {reason}",
    cause: "The proxy beside EdgeAgent or iotedged is not ready yet, or refuses EdgeAgent's token.",
    remedy: "The call is repeated by itself. If it stays, read the log of the proxy container and of iotedged.",
  },
});
