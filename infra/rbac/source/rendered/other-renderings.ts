import { createHash } from "node:crypto";
import { EdgeError } from "#base";
import { builtinVersions, defaultBuiltinVersion } from "../../builtin/versions.ts";
import { addManifests, collectorFor, type ManifestOptions } from "../manifests.ts";

/** Access that a chart brings under other circumstances than those under which it is rendered. */
export interface OtherRendering {
  /** Completes "a document of CHART". */
  readonly problem: string;
  /** Equal where it brings the same. */
  readonly hash: string;
}

/** Flags of helm by the circumstances that they stand for. */
function circumstances(kubernetes: string | undefined): (readonly [when: string, flags: readonly string[]])[] {
  const own = kubernetes ?? defaultBuiltinVersion;
  const atOwn = kubernetes === undefined ? [] : [`--kube-version=${kubernetes}`];
  const others = builtinVersions.filter((version) => version !== own);
  return [
    ["on an upgrade", ["--is-upgrade", ...atOwn]],
    ...others.map((version) => [`in Kubernetes ${version}`, [`--kube-version=${version}`]] as const),
  ];
}

/**
 * Renders a chart as it would be on an upgrade and in other versions of Kubernetes, and tells where it then grants something
 * else, however its templates ask for that.
 *
 * @param text what it is here
 * @param template renders it with flags of helm
 */
export async function otherRenderings(
  text: string,
  template: (flags: readonly string[]) => Promise<string>,
  options: ManifestOptions & { readonly kubernetes?: string },
): Promise<readonly OtherRendering[]> {
  const here = accessIn(text, options);
  const found: OtherRendering[] = [];
  for (const [when, flags] of circumstances(options.kubernetes)) {
    const other = await template(flags).catch((error: unknown) => {
      // What cannot be rendered is not applied either.
      if (error instanceof EdgeError) return undefined;
      throw error;
    });
    if (other === undefined || other === text) continue;
    const access = accessIn(other, options);
    if (access === here) continue;
    const hash = createHash("sha256").update(`${when} ${here} ${access}`).digest("hex");
    found.push({ problem: `brings other permissions ${when} than here`, hash });
  }
  return found;
}

/** Equal for texts that grant the same, wherever it stands in them. */
function accessIn(text: string, options: ManifestOptions): string {
  const collector = collectorFor(options);
  addManifests(collector, text, "", {});
  const { roles, bindings, unresolved } = collector.objects();
  const isPlace = new Set(["origin", "identity"]);
  return JSON.stringify([roles, bindings, unresolved], (key, value) => (isPlace.has(key) ? undefined : value));
}
