import { defineErrors } from "#base";

/** Checks of a cluster and of what runs in it. */
export const checkErrors = defineErrors({
  EDGE_CHECK_NO_INSTALLATION: {
    message: "no installation is in {where}",
    cause:
      "There is no Deployment iotedged, or the namespace is spelled otherwise. Before the first deployment there is nothing to look at but the cluster.",
    remedy: "See what a deployment would need: {before}",
  },
  EDGE_CHECK_NO_MODULE: {
    message: "no module {module} is in {where}",
    cause:
      "The id is spelled otherwise, or the deployment manifest does not have it. Ids are those of the manifest, such as $edgeHub.",
    remedy: "See the modules that there are: {status}",
  },
  EDGE_CHECK_AMBIGUOUS: {
    message: "several installations have a module {module}: {namespaces}",
    cause: "A chain is that of one module in one installation.",
    remedy: "Name one by `--namespace NAME`",
  },
  EDGE_CHECK_BEFORE_UP: {
    message: "the stack cannot run there as things are, and nothing was written:\n{problems}",
    cause:
      "Before it writes anything, a deployment looks at what docs/check.md lists for it: what is wrong there would be found only once half of the stack is there.",
    remedy: "Do what the lines `fix` say. To deploy all the same, repeat the command with --ignore-checks",
  },
  EDGE_CHECK_TOO_MUCH: {
    message: "more than {most} requests would be needed",
    cause: "A check is to be light: it asks a bounded number of questions, and leaves out what is beyond.",
    remedy: "Look at fewer installations by `--namespace NAME`",
  },
});
