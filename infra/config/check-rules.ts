import { formatPath, formatValue, isJsonObject, isSound, type JsonObject, type Path, type Problem } from "#base";
import { type EdgeAgentArgs, foreignCaSecret, moduleRightsProblem } from "../installation/index.ts";
import { readBundle, rootsProblems, trustPeriodProblems } from "../trust-model/index.ts";
import { completeDevices } from "./check-hardware.ts";
import { possibleProvisioning } from "./check-provisioning.ts";
import type { WrittenInstallation } from "./schema.ts";

type Installations = readonly unknown[];
type Rule = (installations: Installations, schemaProblems: readonly Problem[]) => readonly Problem[];

const rules: readonly Rule[] = [
  uniqueNamespaces,
  uniqueNames,
  oneDeployment,
  possibleProvisioning,
  reasonForNoPolicy,
  possibleModuleRights,
  completeDevices,
  possibleTrustPeriods,
  oneWorkloadCa,
  usableRoots,
  usableCas,
];

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

/** EdgeAgent's token is worth much without the policy, so that doing without is a decision that somebody can explain. */
function reasonForNoPolicy(installations: Installations, schemaProblems: readonly Problem[]): readonly Problem[] {
  return installations.flatMap((installation, index) => {
    const path: Path = ["installations", index, "edgeAgent"];
    if (!isJsonObject(installation) || !isSound(schemaProblems, path)) return [];
    const edgeAgent = installation.edgeAgent as WrittenInstallation["edgeAgent"];
    const { admissionPolicy, admissionPolicyOffBecause: reason } = edgeAgent;
    const hasReason = reason !== undefined && reason.trim() !== "";
    if (admissionPolicy !== hasReason) return [];
    if (hasReason) {
      return {
        path: formatPath([...path, "admissionPolicyOffBecause"]),
        found: "gives a reason for what is on",
        allowed: "absent unless admissionPolicy is false",
        remedy: "Remove it, or write admissionPolicy: false beside it.",
      };
    }
    return {
      path: formatPath([...path, "admissionPolicy"]),
      found: "is false without a reason",
      allowed: "true, or false with the reason in admissionPolicyOffBecause",
      remedy: "Remove it, or say in admissionPolicyOffBecause why the installation does without.",
    };
  });
}

function possibleModuleRights(installations: Installations, schemaProblems: readonly Problem[]): readonly Problem[] {
  return installations.flatMap((installation, index) => {
    const path: Path = ["installations", index, "edgeAgent"];
    if (!isJsonObject(installation) || !isSound(schemaProblems, path)) return [];
    const problem = moduleRightsProblem(installation.edgeAgent as EdgeAgentArgs);
    if (problem === undefined) return [];
    const remedy = "Write policy.root: true beside it, or moduleUser: image.";
    return { path: formatPath(path), found: `is not possible: ${problem}`, allowed: "without contradictions", remedy };
  });
}

function possibleTrustPeriods(installations: Installations, schemaProblems: readonly Problem[]): readonly Problem[] {
  return soundTrust(installations, schemaProblems).flatMap(({ path, trust: periods }) =>
    trustPeriodProblems(periods).map(({ field, allowed, remedy }) => ({
      path: formatPath([...path, field]),
      found: `is ${formatValue(periods[field])}`,
      allowed,
      remedy,
    })),
  );
}

function oneWorkloadCa(installations: Installations, schemaProblems: readonly Problem[]): readonly Problem[] {
  return soundTrust(installations, schemaProblems).flatMap(({ path, trust: { workloadCa } }) => {
    if (workloadCa.existingSecret === undefined || workloadCa.certManager === undefined) return [];
    return {
      path: formatPath([...path, "workloadCa", "certManager"]),
      found: "stands beside existingSecret",
      allowed: "the only one of the two",
      remedy: "Remove one of them.",
    };
  });
}

function usableRoots(installations: Installations, schemaProblems: readonly Problem[]): readonly Problem[] {
  return soundTrust(installations, schemaProblems).flatMap(({ path, trust }) => {
    const { roots, workloadCa } = trust;
    if (roots === undefined) return [];
    const problems = rootsProblems(roots, foreignCaSecret(workloadCa) !== undefined);
    return problems.map((problem) => ({ path: formatPath([...path, "roots"]), ...problem }));
  });
}

/** Each by itself, and that modules trust something at all. When a CA ends is for the time of the deployment to say. */
function usableCas(installations: Installations, schemaProblems: readonly Problem[]): readonly Problem[] {
  return soundTrust(installations, schemaProblems).flatMap(({ path, trust }) => {
    const at = [...path, "trustedCas"];
    const remedy = "Give the certificate of one CA, in PEM.";
    const single = trust.trustedCas.flatMap((pem, index) => {
      const { cas, problems } = readBundle(pem);
      if (cas.length === 1) return [];
      const found = `is unusable: ${problems[0] ?? "it holds several certificates"}`;
      return [{ path: formatPath([...at, index]), found, allowed: "the certificate of one CA", remedy }];
    });
    if (single.length > 0) return single;
    const { problems } = trust.trustedCas.length > 0 ? readBundle(trust.trustedCas.join("\n")) : { problems: [] };
    const isEmpty = foreignCaSecret(trust.workloadCa) !== undefined && trust.trustedCas.length === 0;
    return [
      ...problems.map((problem) => ({
        path: formatPath(at),
        found: `is unusable: ${problem}`,
        allowed: "without repetitions",
        remedy,
      })),
      ...(isEmpty
        ? [
            {
              path: formatPath(at),
              found: "is empty",
              allowed: "the CAs that vouch for the workload CA, which no root of the stack signs",
              remedy,
            },
          ]
        : []),
    ];
  });
}

function soundTrust(installations: Installations, schemaProblems: readonly Problem[]) {
  return installations.flatMap((installation, index) => {
    const path: Path = ["installations", index, "trust"];
    if (!isJsonObject(installation) || !isSound(schemaProblems, path)) return [];
    return [{ path, trust: installation.trust as WrittenInstallation["trust"] }];
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
