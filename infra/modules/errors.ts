import { defineErrors } from "#base";

/** Looking at and restarting modules. */
export const moduleErrors = defineErrors({
  EDGE_MODULE_NOT_FOUND: {
    message: "no pod of module {module} is in {where}",
    cause: "The module is not in the deployment manifest, is stopped, or is spelled otherwise: ids are case-sensitive.",
    remedy:
      "See `npx edgectl status {clusterOptions}` for the modules that there are; quote ids such as '$edgeHub' in a shell.",
  },
  EDGE_MODULE_NO_INSTALLATION: {
    message: "there is no installation in {where}",
    cause: "Nothing was deployed there yet, or the context is that of another cluster.",
    remedy: "Name another cluster by --context, or deploy a stack by `npx edgectl up --stack STACK {clusterOptions}`",
  },
  EDGE_MODULE_AMBIGUOUS: {
    message: "module {module} is in several namespaces: {namespaces}",
    cause: "Every installation has modules of its own.",
    remedy: "Name one by `--namespace NAME`",
  },
  EDGE_MODULE_NOT_RUNNING: {
    message: "module {module} has no log: {why}",
    cause: "Its container was not started, or not started again. docs/troubleshooting.md lists what is told apart.",
    remedy: "{fix}",
  },
  EDGE_MODULE_LOG_EMPTY: {
    message: "module {module} has written nothing in its run before: {why}",
    cause: "That run's log is there, and empty: the program ended, or was ended, before it wrote anything.",
    remedy:
      "Let the program write what it does; `npx edgectl events -n {namespace} {clusterOptions}` shows what the cluster has done to it.",
  },
  EDGE_MODULE_NO_PREVIOUS_RUN: {
    message: "module {module} runs for the first time in its pod: there is no run before",
    cause: "Its program has not ended since the pod was made. What ran in a pod of before went with that pod.",
    remedy:
      "Leave --previous out. `npx edgectl events -n {namespace} {clusterOptions}` shows when pods were made, and what the cluster has done to them.",
  },
  EDGE_MODULE_LOG_FAILED: {
    message: "the log of module {module} cannot be read: {problem}",
    cause: "The module has not started yet, its node is away, or you may not read logs in the namespace.",
    remedy: "See `npx edgectl status {clusterOptions}`. Reading logs takes the right to get `pods/log` in {namespace}.",
  },
});
