import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap } from "yaml";
import { writeAtomically } from "#base";
import { issuedCaSecret } from "#contract";
import { firstGeneration, firstRoots, type TrustRoot } from "../trust-model/index.ts";
import { trustErrors } from "./errors.ts";
import type { TrustChange } from "./next-step.ts";
import type { Declared } from "./rotation.ts";
import { applySplices, insertEntry, replaceRoots, replaceScalar, rootsText, type Splice } from "./stack-file-edit.ts";

/** The trust of a stack's installations, as its file `Pulumi.<stack>.yaml` declares it. */
export interface StackFile {
  /** By namespace. */
  readonly installations: ReadonlyMap<string, Declared>;
  /** The file's text with the changes. Comments, order and everything else stay as they are. */
  withChanges(changes: ReadonlyMap<string, TrustChange>): string;
}

const maxBytes = 1024 * 1024;

/** @throws EDGE_TRUST_STACK_FILE */
export function parseStackFile(file: string, text: string): StackFile {
  const invalid = (problem: string) => trustErrors.EDGE_TRUST_STACK_FILE({ file, problem });
  if (text.length > maxBytes) throw invalid("it is larger than 1 MiB");
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw invalid(error.message.split("\n")[0] ?? "it is not YAML");
  const maps = installationMaps(document, invalid);
  const installations = new Map([...maps].map(([namespace, map]) => [namespace, readTrust(map, invalid)]));
  return {
    installations,
    withChanges: (changes) => {
      const splices = [...changes].flatMap(([namespace, change]) => {
        const map = maps.get(namespace);
        if (map === undefined) throw invalid(`it has no installation with namespace ${namespace}`);
        return changeTrust(text, map, change, invalid);
      });
      const changed = applySplices(text, splices);
      const problem = problemOf(changed, changes, installations);
      if (problem !== undefined) throw invalid(problem);
      return changed;
    },
  };
}

/** Reads the changed text again: what edgectl deploys must be what it meant. */
function problemOf(
  text: string,
  changes: ReadonlyMap<string, TrustChange>,
  before: ReadonlyMap<string, Declared>,
): string | undefined {
  const problem = "its style is one that edgectl cannot change without harm";
  const document = parseDocument(text);
  if (document.errors.length > 0) return problem;
  const maps = installationMaps(document, () => new Error(problem));
  const isAsMeant = [...before].every(([namespace, declared]) => {
    const map = maps.get(namespace);
    const meant = { ...declared, ...changes.get(namespace) };
    return (
      map !== undefined &&
      isDeepStrictEqual(
        readTrust(map, () => new Error(problem)),
        meant,
      )
    );
  });
  return isAsMeant ? undefined : problem;
}

/** @throws EDGE_TRUST_STACK_FILE */
export async function readStackFile(file: string): Promise<StackFile> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw trustErrors.EDGE_TRUST_STACK_FILE({ file, problem: error.code ?? "it cannot be read" });
  });
  return parseStackFile(file, text);
}

/** Replaces the file as a whole, so that a crash leaves it as it was or as it shall be. */
export async function writeStackFile(file: string, text: string): Promise<void> {
  await writeAtomically(file, text).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code ?? "it cannot be written";
    throw trustErrors.EDGE_TRUST_STACK_FILE({ file: basename(file), problem }, { cause: error });
  });
}

type Invalid = (problem: string) => Error;

function installationMaps(document: Document, invalid: Invalid): ReadonlyMap<string, YAMLMap> {
  const list = document.getIn(["config", "iotedge:installations"], true);
  if (!isSeq(list)) throw invalid("it has no list config / iotedge:installations");
  return new Map(
    list.items.map((item) => {
      const namespace = isMap(item) ? item.get("namespace") : undefined;
      if (!isMap(item) || typeof namespace !== "string")
        throw invalid("an installation in it has no namespace of its own");
      return [namespace, item] as const;
    }),
  );
}

function readTrust(installation: YAMLMap, invalid: Invalid): Declared {
  const roots = installation.getIn(["trust", "roots"], true);
  const isIssued = installation.hasIn(["trust", "workloadCa", "certManager"]);
  const own = isIssued ? issuedCaSecret : installation.getIn(["trust", "workloadCa", "existingSecret"]);
  const id = installation.getIn(["trust", "workloadCa", "id"]);
  const workloadCa =
    typeof own === "string" ? `secret:${own}` : typeof id === "string" ? id : firstGeneration.workloadCa;
  if (roots === undefined) return { roots: typeof own === "string" ? [] : firstRoots, workloadCa };
  if (!isSeq(roots)) throw invalid("trust.roots is not a list");
  const read = roots.items.map((root) => {
    const [name, state] = isMap(root) ? [root.get("id"), root.get("state")] : [];
    if (typeof name !== "string" || typeof state !== "string")
      throw invalid("a root in trust.roots has no id or state");
    return { id: name, state: state as TrustRoot["state"] };
  });
  return { roots: read, workloadCa };
}

function changeTrust(text: string, installation: YAMLMap, change: TrustChange, invalid: Invalid): readonly Splice[] {
  const trust = installation.get("trust", true);
  const { roots, workloadCa } = change;
  if (trust === undefined || (isScalar(trust) && trust.value === null)) {
    const entries = [
      ...(roots === undefined ? [] : [`roots: ${rootsText(roots)}`]),
      ...(workloadCa === undefined ? [] : [`workloadCa: { id: ${workloadCa} }`]),
    ];
    if (trust !== undefined) throw invalid("trust is empty; take the key out");
    return inserted(insertEntry(text, installation, "namespace", "trust", `{ ${entries.join(", ")} }`), invalid);
  }
  if (!isMap(trust)) throw invalid("trust is an alias or no map; write it out for this installation");
  return [
    ...(roots === undefined ? [] : changeRoots(text, trust, roots, invalid)),
    ...(workloadCa === undefined ? [] : changeWorkloadCa(text, trust, workloadCa, invalid)),
  ];
}

function changeRoots(text: string, trust: YAMLMap, roots: readonly TrustRoot[], invalid: Invalid): readonly Splice[] {
  const list = trust.get("roots", true);
  if (isSeq(list)) return replaceRoots(text, list, roots);
  if (list !== undefined) throw invalid("trust.roots is an alias or no list");
  return inserted(insertEntry(text, trust, "", "roots", rootsText(roots)), invalid);
}

function changeWorkloadCa(text: string, trust: YAMLMap, generation: string, invalid: Invalid): readonly Splice[] {
  const workloadCa = trust.get("workloadCa", true);
  if (workloadCa === undefined) {
    return inserted(insertEntry(text, trust, "", "workloadCa", `{ id: ${generation} }`), invalid);
  }
  if (!isMap(workloadCa)) throw invalid("trust.workloadCa is an alias or no map");
  const id = workloadCa.get("id", true);
  if (isScalar(id)) return [replaceScalar(id, generation)];
  return inserted(insertEntry(text, workloadCa, "", "id", generation), invalid);
}

function inserted(splice: Splice | undefined, invalid: Invalid): readonly Splice[] {
  if (splice === undefined) throw invalid("trust has no plain value beside which edgectl could write");
  return [splice];
}
