import { trustPeriodProblems } from "../installation/trust-periods.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { formatPath, formatValue, isSound, type Path, type Problem } from "./problem.ts";
import type { WrittenInstallation } from "./schema.ts";

type Installations = readonly unknown[];
type Rule = (installations: Installations, schemaProblems: readonly Problem[]) => readonly Problem[];

const rules: readonly Rule[] = [uniqueNamespaces, uniqueNames, oneDeployment, possibleTrustPeriods];

/** What the schema cannot say: keys that contradict each other. Looks only at what the schema found no fault with. */
export function checkRules(values: JsonObject, schemaProblems: readonly Problem[]): readonly Problem[] {
  const { installations } = values;
  if (!Array.isArray(installations)) return [];
  return rules.flatMap((rule) => rule(installations, schemaProblems));
}

function uniqueNamespaces(installations: Installations): readonly Problem[] {
  const namespaces = installations.map((installation) => textAt(installation, "namespace"));
  return repetitions(namespaces).map(({ index, first, value }) => ({
    path: formatPath(["installations", index, "namespace"]),
    found: `is ${formatValue(value)}, as in installations[${first}]`,
    allowed: "a namespace of its own, because a namespace holds one installation",
    remedy: "Give one of the two another namespace.",
  }));
}

function uniqueNames(installations: Installations): readonly Problem[] {
  const given = installations.map((installation) => textAt(installation, "name"));
  const names = installations.map((installation, index) => given[index] ?? textAt(installation, "namespace"));
  return repetitions(names)
    .filter(({ index, first }) => given[index] !== undefined || given[first] !== undefined)
    .map(({ index, first, value }) => {
      const [named, other] = given[index] === undefined ? [first, index] : [index, first];
      return {
        path: formatPath(["installations", named, "name"]),
        found: `is ${formatValue(value)}, which is the name of installations[${other}] too`,
        allowed: "unique in its cluster, because it names cluster-scoped objects",
        remedy: "Give one of the two another name.",
      };
    });
}

function oneDeployment(installations: Installations): readonly Problem[] {
  return installations.flatMap((installation, index) => {
    if (!isJsonObject(installation) || !("deployment" in installation && "deploymentFile" in installation)) return [];
    return {
      path: formatPath(["installations", index, "deploymentFile"]),
      found: "stands beside deployment",
      allowed: "the only one of the two",
      remedy: "Remove one of them.",
    };
  });
}

function possibleTrustPeriods(installations: Installations, schemaProblems: readonly Problem[]): readonly Problem[] {
  return installations.flatMap((installation, index) => {
    const path: Path = ["installations", index, "trust"];
    if (!isJsonObject(installation) || !isSound(schemaProblems, path)) return [];
    const periods = installation.trust as WrittenInstallation["trust"];
    return trustPeriodProblems(periods).map(({ field, allowed, remedy }) => ({
      path: formatPath([...path, field]),
      found: `is ${formatValue(periods[field])}`,
      allowed,
      remedy,
    }));
  });
}

interface Repetition {
  readonly index: number;
  /** Index of the first with the same value. */
  readonly first: number;
  readonly value: string;
}

function repetitions(values: readonly (string | undefined)[]): readonly Repetition[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    return value === undefined || first === index ? [] : [{ index, first, value }];
  });
}

function textAt(installation: unknown, key: string): string | undefined {
  const value = isJsonObject(installation) ? installation[key] : undefined;
  return typeof value === "string" ? value : undefined;
}
