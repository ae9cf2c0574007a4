import type { ModuleSettings } from "#contract";
import { type LeastPolicy, leastPolicy, leastProfile, type PolicyNeed, type Problem } from "#manifest";
import type { Finding, Judgement } from "./judgement.ts";
import { placesIn } from "./place.ts";

/**
 * Judges a manifest as EdgeAgent would, and says what it needs that the installation does not give.
 *
 * @param installation name for the report
 * @param written the text as it is in the file, where placeholders in it were filled in
 */
export function judgeManifest(
  text: string,
  settings: ModuleSettings,
  installation: string,
  written: string = text,
): Judgement {
  const placeOf = placesIn(written);
  const least = leastPolicy(text, settings);
  const parsed = least.given;
  const finding = (severity: Finding["severity"], { path, message, remedy, needs }: Problem): Finding => {
    const place = placeOf(path);
    return { severity, path, message, remedy, ...place, ...(needs && { needs: needs.field }) };
  };
  const errors = parsed.ok ? [] : parsed.errors;
  const profile = leastProfile(text, settings);
  return {
    installation,
    accepted: parsed.ok,
    acceptedWithPolicy: least.parsed.ok,
    policy: policyOf(least),
    ...(profile === undefined ? {} : { profile }),
    findings: inOrder([
      ...errors.map((problem) => finding("error", problem)),
      // Hidden until the policy lets what is around them be.
      ...(least.parsed.ok
        ? []
        : least.parsed.errors.filter(({ path }) => errors.every((one) => one.path !== path))
      ).map((problem) => finding("error", problem)),
      ...parsed.warnings.map((problem) => finding("warning", problem)),
    ]),
  };
}

/** As they stand in the file; stable where two have one place. */
function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** The keys to add to `edgeAgent.policy`, as a stack's file writes them. */
function policyOf({ needs, policy }: LeastPolicy): Judgement["policy"] {
  const isNeeded = (field: PolicyNeed["field"]) => needs.some((need) => need.field === field);
  const capabilities = needs.flatMap((need) => (need.field === "capabilities" ? [need.capability] : []));
  const hostPaths = needs.flatMap((need) =>
    need.field === "hostPaths" ? [{ pathPrefix: need.pathPrefix, readOnly: need.readOnly }] : [],
  );
  const lists: readonly string[] = ["capabilities", "hostPaths", "devices", "gpu"];
  const switches = needs.filter(({ field }) => !lists.includes(field));
  const count = needs.filter(({ field }) => field === "devices").length;
  return {
    ...Object.fromEntries(switches.map(({ field }) => [field, true])),
    ...(capabilities.length > 0 && { capabilities: capabilities.sort() }),
    ...(hostPaths.length > 0 && { hostPaths }),
    ...(count > 0 && { devices: policy.devices?.slice(-count) as NonNullable<Judgement["policy"]["devices"]> }),
    ...(isNeeded("gpu") && { gpu: policy.gpu as NonNullable<Judgement["policy"]["gpu"]> }),
  };
}
