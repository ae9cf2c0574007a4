import { createHash, randomInt } from "node:crypto";
import { EdgeError } from "#base";
import { builtinVersions, defaultBuiltinVersion } from "../../builtin/versions.ts";
import { addManifests, collectorFor, type ManifestOptions } from "../manifests.ts";
import { commonApiVersions } from "./api-versions.ts";

/** Access that a chart brings under other circumstances than those under which it is rendered. */
export interface OtherRendering {
  /** Completes "a document of CHART". */
  readonly problem: string;
  /** Equal where it brings the same. */
  readonly hash: string;
}

/** Under what helm renders a chart. */
export interface Circumstances {
  readonly release: string;
  readonly namespace: string;
  readonly flags: readonly string[];
}

export interface RenderingOptions extends ManifestOptions {
  readonly release?: string;
  readonly kubernetes?: string;
}

/** What helm takes where nothing is said. */
export const usualNames = { release: "release-name", namespace: "default" };

/** Clusters run patch releases, which a version without one tells apart from them. */
const patched = (version: string) => `${version.split(".").slice(0, 2).join(".")}.7`;
/** A chart is rendered anew when its cluster is updated. */
const later = "1.99";

/**
 * Renders a chart as it may be elsewhere: with names other than helm's own unless they are given, in a patch release of
 * Kubernetes with the APIs of common operators; and there on an upgrade, and in other versions of Kubernetes, also later ones.
 * Tells where it then grants something else, however its templates ask for that.
 *
 * @param text what it is here
 * @param template renders it
 */
export async function otherRenderings(
  text: string,
  template: (circumstances: Circumstances) => Promise<string>,
  options: RenderingOptions,
): Promise<readonly OtherRendering[]> {
  const names = otherNames(text, options);
  const accessOf = rememberAccess(options);
  const render = async (version: string, ...flags: string[]) => {
    const all = [...commonApiVersions.map((one) => `--api-versions=${one}`), `--kube-version=${version}`, ...flags];
    const printed = await template({ ...names, flags: all }).catch((error: unknown) => {
      if (error instanceof EdgeError) return undefined;
      throw error;
    });
    return printed === undefined ? undefined : accessOf(withOwnNames(printed, names, options));
  };
  const found: OtherRendering[] = [];
  const isOther = (from: string, to: string | undefined): to is string => to !== undefined && to !== from;
  const tell = (from: string, to: string, when: string) => {
    const hash = createHash("sha256").update(`${when} ${from} ${to}`).digest("hex");
    found.push({ problem: `brings other permissions ${when} than here`, hash });
  };

  const own = options.kubernetes ?? defaultBuiltinVersion;
  const here = accessOf(text);
  const elsewhere = await render(patched(own));
  const where = whereElse(own, options);
  if (elsewhere === undefined) found.push({ problem: `cannot be rendered ${where}, so it may know that`, hash: where });
  if (isOther(here, elsewhere)) tell(here, elsewhere, where);
  const usual = elsewhere ?? here;
  const others = [...builtinVersions.filter((one) => one !== own), later];
  for (const [index, version] of others.entries()) {
    const inVersion = version === later ? "in a later version of Kubernetes" : `in Kubernetes ${version}`;
    const isUpgrade = index % 2 === 0;
    // An upgrade in another version is two things at once. Which of them it was matters only where something is other.
    const both = await render(patched(version), ...(isUpgrade ? ["--is-upgrade"] : []));
    if (both === usual) continue;
    const installed = isUpgrade ? await render(patched(version)) : both;
    if (isOther(usual, installed)) tell(usual, installed, inVersion);
    if (!isUpgrade) continue;
    const upgraded = await render(patched(own), "--is-upgrade");
    if (isOther(usual, upgraded)) tell(usual, upgraded, "on an upgrade");
    else if (isOther(usual, both) && both !== installed) tell(usual, both, `on an upgrade ${inVersion}`);
  }
  return [...new Map(found.map((one) => [one.problem, one])).values()];
}

/** Most renderings are the same, letter by letter. */
function rememberAccess(options: RenderingOptions): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const access = known.get(text) ?? accessIn(text, options);
    known.set(text, access);
    return access;
  };
}

/** Reads on from "brings other permissions". */
function whereElse(own: string, { release, namespace }: RenderingOptions): string {
  const version = `in a patch release of Kubernetes ${own} with the APIs of common operators`;
  const names = [
    ...(release === undefined ? ["with another release name"] : []),
    ...(namespace === undefined ? ["in another namespace"] : []),
  ];
  return names.length === 0 ? version : `${names.join(", ")} or ${version}`;
}

/** Names that no template can know. What is given is what it will be. */
function otherNames(text: string, { release, namespace }: RenderingOptions) {
  const charts = [...text.matchAll(/^# Source: (?:\S*\/charts\/)?([^/\s]+)\//gm)].flatMap(([, name]) => name ?? []);
  // Charts leave their own name out where the release's holds it, and anything else must not be taken for a name.
  const isFree = (word: string) =>
    !text.includes(word) && charts.every((name) => word.includes(name) === usualNames.release.includes(name));
  const another = () => {
    for (let left = 1000; left > 0; left -= 1) {
      const word = randomWord();
      if (isFree(word)) return word;
    }
    return undefined;
  };
  return {
    release: release ?? another() ?? usualNames.release,
    namespace: namespace ?? another() ?? usualNames.namespace,
  };
}

const letters = "abcdefghijklmnopqrstuvwxyz";
const randomWord = () =>
  Array.from({ length: randomInt(6, 11) }, () => letters[randomInt(letters.length)] ?? "a").join("");

/** What a chart makes of its names is the same as here. */
function withOwnNames(text: string, names: typeof usualNames, options: RenderingOptions): string {
  const { release = usualNames.release, namespace = usualNames.namespace } = options;
  return text.replaceAll(names.namespace, () => namespace).replaceAll(names.release, () => release);
}

/** Equal for texts that grant the same, wherever it stands in them. */
function accessIn(text: string, options: ManifestOptions): string {
  const collector = collectorFor(options);
  addManifests(collector, text, "", {});
  const { roles, bindings, unresolved } = collector.objects();
  const isPlace = new Set(["origin", "identity"]);
  const withoutPlace = (one: object) => JSON.stringify(one, (key, value) => (isPlace.has(key) ? undefined : value));
  return JSON.stringify([roles, bindings, unresolved].map((list) => list.map(withoutPlace).sort()));
}
