import { activeRoot } from "../trust-model/index.ts";
import { type ObservedTrust, shortPrint } from "./observed-trust.ts";

/** What taking a root out of the bundle at once breaks, in plain words. */
export function brokenBy(observed: ObservedTrust, id: string): string {
  const { namespace, deployed, fingerprints, record, pods } = observed;
  const print = shortPrint(fingerprints.get(id));
  const holders = pods.filter(({ uid }) => record.pods[uid]?.leaves.some(({ root }) => root === print));
  const lines = [`${namespace}: revoking ${id}`];
  if (deployed !== undefined && activeRoot(deployed.roots) === id) {
    lines.push(
      `  All ${pods.length} proxies refuse iotedged, or know its new certificate not yet, until bundle and certificate have`,
      "  reached their nodes: requests of modules fail for up to two minutes.",
    );
  }
  if (holders.length > 0) {
    lines.push(
      `  ${holders.length} pods have certificates below ${id}. Their clients refuse them until the module asks for another:`,
      ...holders.map(({ name, uid }) => `    ${name} (module ${record.pods[uid]?.module})`),
    );
  }
  const keepers = pods.filter(({ uid }) => record.pods[uid]?.fetched !== undefined);
  if (keepers.length > 0) {
    lines.push(
      `  ${keepers.length} modules have fetched the bundle themselves and trust ${id} until they fetch it again:`,
      ...keepers.map(({ name, uid }) => `    ${name} (module ${record.pods[uid]?.module})`),
    );
  }
  if (lines.length === 1) lines.push("  Nothing below it is in use: nothing breaks.");
  return `${lines.join("\n")}\n`;
}
