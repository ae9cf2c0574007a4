import type { ModuleSettings } from "#contract";
import {
  type LayerProblem,
  type LeastPolicy,
  leastPolicy,
  leastProfile,
  type Problem,
  policyWith,
  repeatedKeys,
  settingsWith,
} from "#manifest";
import type { AssembledManifest } from "./assemble.ts";
import type { Finding, Judgement } from "./judgement.ts";
import { parsedAsWritten, tellerOf } from "./parse-as-written.ts";
import { placeAt, placesIn, placesInParts } from "./place.ts";
import { turnedOn } from "./turned-on.ts";
import { wholePolicy } from "./whole-policy.ts";

/** The files of a manifest as they are written: places lead there. */
export interface WrittenManifest {
  /** The base, and the layers over it from the lowest priority on. */
  readonly parts: readonly { readonly file?: string; readonly text: string }[];
  /** What became of them; absent where nothing was to be put in or merged. */
  readonly assembled?: AssembledManifest;
  /** What is told of the files beside them. */
  readonly notes?: readonly Finding[];
}

/**
 * Judges a manifest as EdgeAgent would, and says what it needs that the installation does not give.
 *
 * @param text what EdgeAgent would have, with layers merged and placeholders filled in
 * @param installation name for the report
 */
export function judgeManifest(
  text: string,
  settings: ModuleSettings,
  installation: string,
  { parts, assembled, notes = [] }: WrittenManifest = { parts: [{ text }] },
): Judgement {
  const texts = parts.map((one) => one.text);
  const placeIn = placesInParts(texts, assembled?.entries);
  const { parsed, given, ...least } = asWritten(leastPolicy(text, settings), settings, assembled);
  const finding = (
    severity: Finding["severity"],
    { path, message, remedy, needs, switch: switched }: Problem,
  ): Placed => {
    const { part = 0, ...place } = placeIn(path) ?? {};
    const key = needs?.field ?? switched;
    return placed(part, { severity, path, message, remedy, ...place, ...(key && { needs: key }) });
  };
  const ofLayer = ({ layer, keys, path, message, remedy }: LayerProblem): Placed => {
    const place = placeAt(texts[layer + 1] ?? "", keys);
    return placed(layer + 1, { severity: "error", path, message, remedy, ...place });
  };
  const placed = (part: number, one: Finding): Placed => {
    const file = part === 0 ? undefined : parts[part]?.file;
    return { part, finding: { ...one, ...(file === undefined ? {} : { file }) } };
  };
  const errors = given.ok ? [] : given.errors;
  const layerProblems = assembled?.layerProblems ?? [];
  const repeated = texts.flatMap((written, part) =>
    repeatedKeys(written)
      .filter(({ path }) => errors.every((one) => one.path !== path))
      .map(({ path, message, remedy }) =>
        placed(part, { severity: "error", path, message, remedy, ...placesIn(written)(path) }),
      ),
  );
  const isWellFormed = layerProblems.length === 0 && repeated.length === 0;
  const profile = leastProfile(text, settings);
  return {
    installation,
    accepted: given.ok && isWellFormed,
    acceptedWithPolicy: parsed.ok && isWellFormed,
    policy: least.needs.length === 0 ? {} : wholePolicy(least.policy, settings),
    ...(least.switches.length === 0 ? {} : { edgeAgent: turnedOn(least.switches, settings) }),
    ...(profile === undefined ? {} : { profile }),
    findings: [
      ...notes,
      ...inOrder([
        ...layerProblems.map(ofLayer),
        ...repeated,
        ...errors.map((problem) => finding("error", problem)),
        // Hidden until the policy lets what is around them be.
        ...(parsed.ok ? [] : parsed.errors.filter(({ path }) => errors.every((one) => one.path !== path))).map(
          (problem) => finding("error", problem),
        ),
        ...given.warnings.map((problem) => finding("warning", problem)),
      ]),
    ],
  };
}

/** What the manifest takes, with placeholders as they are written. */
function asWritten(
  least: LeastPolicy,
  settings: ModuleSettings,
  assembled: AssembledManifest | undefined,
): LeastPolicy {
  if (assembled === undefined || assembled.asWritten.isPlain) return least;
  const { needs, askedBy, switches, parsed, given } = least;
  const tell = tellerOf(assembled, [settings, settingsWith({ ...settings, policy: least.policy }, switches)]);
  const doors = needs.map((need, index) => tell.need(need, askedBy[index] ?? nowhere));
  return {
    needs: doors,
    askedBy,
    switches,
    policy: policyWith(settings.policy, doors),
    parsed: parsedAsWritten(parsed, tell),
    given: parsedAsWritten(given, tell),
  };
}

const nowhere: Problem = { path: "", message: "", remedy: "" };

/** Of a manifest that cannot be read, no installation makes anything. */
export function unreadableTo(installation: string, findings: readonly Finding[]): Judgement {
  return { installation, accepted: false, acceptedWithPolicy: false, policy: {}, findings: [...findings] };
}

interface Placed {
  readonly part: number;
  readonly finding: Finding;
}

/** As they stand in the files; stable where two have one place. */
function inOrder(findings: readonly Placed[]): Finding[] {
  const order = ({ part, finding }: Placed) => [part, finding.line ?? 0, finding.column ?? 0] as const;
  return findings
    .toSorted((a, b) => {
      const [one, other] = [order(a), order(b)];
      return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
    })
    .map(({ finding }) => finding);
}
