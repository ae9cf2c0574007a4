import { createHash } from "node:crypto";
import { EdgeError } from "#base";
import { Collector } from "../collect/collector.ts";
import { describeObject } from "../model/objects.ts";
import { readBoundedFile } from "./read-file.ts";
import { onlyCluster } from "./source.ts";
import { readDocuments } from "./text/parse-text.ts";

/** Access that a file would bring if it were applied. */
export interface Access {
  /** Reads on from "holds". */
  readonly what: string;
  /** Equal for equal files. */
  readonly hash: string;
}

/** A word without which no object has a kind, and what a kind may be written by instead. */
const mayBeObject = /kind|\\|binary|\$\{/;
/** These need no kind. */
const kustomization = /[/\\](?:kustomization\.ya?ml|Kustomization)$/;
/** Without any of these nothing that kubectl may read otherwise is of RBAC. */
const mayBeRbac = /rbac\.authorization|\\|binary/;

/**
 * What a file brings that nobody meant to be a manifest, such as one of an npm package. Data of other programs is left
 * alone, readable or not.
 *
 * @returns undefined where nobody would get access by it
 */
export async function accessOf(file: string): Promise<Access | undefined> {
  try {
    const text = await readBoundedFile(file);
    const what = mayBeObject.test(text) || kustomization.test(file) ? accessIn(text, file) : undefined;
    return what === undefined ? undefined : { what, hash: createHash("sha256").update(text).digest("hex") };
  } catch (error) {
    if (!(error instanceof EdgeError)) throw error;
    return { what: `what cannot be looked at (${error.message})`, hash: error.message };
  }
}

function accessIn(text: string, file: string): string | undefined {
  const collector = new Collector({ cluster: onlyCluster });
  for (const [index, document] of readDocuments(text, file).entries()) {
    const provenance = { origin: { file }, identity: `${file}#${index}`, file };
    if ("broken" in document) {
      if (mayBeRbac.test(text)) return "a document that cannot be read, and may be of RBAC";
      continue;
    }
    const { content } = document;
    for (const one of Array.isArray(content) ? content : [content]) collector.add(one, provenance);
  }
  const { roles, bindings, unresolved } = collector.objects();
  const [granting] = [...bindings, ...roles];
  if (granting !== undefined) return describeObject(granting);
  return unresolved.find((one) => one.object !== `a document of ${file}` || one.content !== undefined)?.object;
}
