import { dataKeys, objectNames } from "#contract";
import { core, day, makeCa } from "../../support/broken-installation/index.ts";
import { kubectlOk } from "../cluster.ts";
import type { Lane } from "./lane.ts";

/** Selects the pods of iotedged. */
export const iotedged = "app.kubernetes.io/name=iotedged";

export const scaleIotedged = (lane: Lane, replicas: number) =>
  lane.patch(`/apis/apps/v1/namespaces/${lane.namespace}/deployments/iotedged`, { spec: { replicas } });

/** Without most of the grace that a pod has for ending. */
export const deletePods = (lane: Lane, selector: string) =>
  kubectlOk(["delete", "pods", "-n", lane.namespace, "-l", selector, "--grace-period=1"]);

/** Puts a CA into the trust bundle that nobody has issued from. */
export const writeForeignBundle = async (lane: Lane) =>
  lane.patch(core(lane, "configmaps", objectNames.trustBundle), {
    data: { [dataKeys.trustBundle]: await makeCa(Date.now() + 390 * day) },
  });

/** What it has refused stands in the log of its pod, and is told for ten minutes. */
export const restartIotedged = (lane: Lane) => deletePods(lane, iotedged);
