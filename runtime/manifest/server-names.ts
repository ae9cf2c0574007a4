import { canonicalHost, isOfAnyCluster } from "#contract";
import { fixed, say } from "./message.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

/**
 * Warns of names that iotedged gives no module for being listed. Those that the installation's own names keep from it, such
 * as the gateway's, iotedged alone knows.
 *
 * @param path of `serverNames`
 */
export function warnOfServerNames(names: readonly string[], path: string, problems: Problems): void {
  for (const [index, name] of names.entries()) {
    const host = canonicalHost(name);
    if (problems.hasAllWarnings || (host !== undefined && !isOfAnyCluster(host))) continue;
    const what =
      host === undefined ? "is no name and no address of a host" : "can be a name of a Service of the cluster";
    problems.warn(
      pathOf(path, index),
      say`${shown(name)} ${fixed(what)}: no server certificate gets it by this list`,
      "Name a host outside of the cluster, such as ingest.example.com or 192.0.2.10.",
    );
  }
}
