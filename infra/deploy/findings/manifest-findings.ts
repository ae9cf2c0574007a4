import type { Desired, Reported } from "../desired-modules.ts";
import { type Finding, findingOf, type Hints } from "./finding.ts";

const refused = 400;
const failed = 500;
/**
 * What EdgeAgent and the API server say where no other try has another answer. A right that EdgeAgent lacks is none of that:
 * the deployment brings it back, and EdgeAgent reports so at its next try.
 */
const definite = /refuses the object of|forbidden|denied|is invalid/i;

/** What EdgeAgent has against the manifest that stands there now, and what it warns of. */
export function manifestFindings(
  namespace: string,
  desired: Desired,
  reported: Reported | undefined,
  hints: Hints,
): readonly Finding[] {
  if (reported === undefined || !isAbout(reported, desired)) return [];
  const { code, description, warnings } = reported;
  const occurrence = `${namespace} ${reported.manifestDigest} ${reported.settingsDigest}`;
  const seen = { subject: namespace, occurrence };
  const evidence = `ConfigMap edgeagent-status in ${namespace}: code ${code}`;
  const warned = warnings.map((message) =>
    findingOf("manifest-warning", { namespace, message, evidence, seen }, hints),
  );
  const isRefusedObject = code === failed && description.split("; ").some(isOfApiServer);
  if (code !== refused && !isRefusedObject) return warned;
  const id = code === refused ? "manifest-refused" : "object-refused";
  const message =
    code === refused
      ? `EdgeAgent has refused the manifest: ${description}`
      : `EdgeAgent cannot do what the manifest asks for: ${description}`;
  return [findingOf(id, { namespace, message, evidence, seen }, hints), ...warned];
}

/** A registry's words say as much, and are told where its images are. */
const isOfApiServer = (message: string) => definite.test(message) && !message.includes("cannot be fetched");

/** Whether EdgeAgent speaks of what stands in the ConfigMaps now; of a manifest in IoT Hub only it knows. */
function isAbout(reported: Reported, { connected, manifestDigest, settingsDigest }: Desired): boolean {
  const sameSettings = settingsDigest === undefined || reported.settingsDigest === settingsDigest;
  return (connected || reported.manifestDigest === manifestDigest) && sameSettings;
}
