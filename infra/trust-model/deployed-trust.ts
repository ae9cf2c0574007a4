import { firstGeneration, trustAnnotations } from "#contract";
import { firstRoots, parseRoots } from "./roots.ts";
import type { DeclaredTrust } from "./skipped-steps.ts";

/**
 * What the annotations of ConfigMap `iotedged-proxy-trust-bundle` say that its bundle is made of. One without them was
 * deployed before roots had generations: it has the first alone.
 */
export function trustOfAnnotations(annotations: Readonly<Record<string, string>> | undefined): DeclaredTrust {
  const read = (key: string) => annotations?.[key];
  const trustedCas = (read(trustAnnotations.trustedCas) ?? "").split(",").filter((print) => print !== "");
  return {
    roots: parseRoots(read(trustAnnotations.roots) ?? "?") ?? firstRoots,
    workloadCa: read(trustAnnotations.workloadCa) ?? firstGeneration.workloadCa,
    trustedCas,
  };
}

/** SHA-256 of each root's certificate, by id. */
export function fingerprintsOf(annotations: Readonly<Record<string, string>> | undefined): ReadonlyMap<string, string> {
  const entries = (annotations?.[trustAnnotations.fingerprints] ?? "").split(",").map((item) => item.split("="));
  return new Map(entries.flatMap(([id, print]) => (id && print ? [[id, print] as const] : [])));
}
