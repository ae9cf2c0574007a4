import { defineErrors } from "#base";

/** Support bundles. */
export const supportBundleErrors = defineErrors({
  EDGE_SUPPORT_NO_INSTALLATION: {
    message: "no installation is in {where}",
    cause: "There is no Deployment iotedged, or the namespace is spelled otherwise.",
    remedy: "See `npx edgectl status {clusterOptions}` for the installations that there are.",
  },
  EDGE_SUPPORT_AMBIGUOUS: {
    message: "several namespaces have an installation: {namespaces}",
    cause: "A support bundle is about one installation.",
    remedy: "Name one by `--namespace NAME`",
  },
  EDGE_SUPPORT_FILE_EXISTS: {
    message: "{file} is there already",
    cause: "A support bundle overwrites nothing unless it is told to.",
    remedy: "Choose another file by `--out FILE`, or overwrite it by `--force`",
  },
});
