import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, writeAtomically } from "#base";
import { makeDirectory } from "../../render/index.ts";
import { gitopsErrors } from "../errors.ts";
import type { FolderFile } from "../marked-file.ts";
import { encryptSecret, faultOf, requireRecipients } from "./encrypt.ts";
import { isKeyFileName, type KeySecret, keyFileName, keySecretsOf } from "./key-secrets.ts";
import { certificateAnnotation, makeKeySecret } from "./make-keys.ts";

export interface KeyFileOptions {
  /** `installations` of the stack's configuration, as JSON. */
  readonly installations: string | undefined;
  /** Recipients of age to whom missing keys are made; none: no key is made. */
  readonly recipients: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

const maxBytes = 1024 * 1024;
const kustomizationFile = "kustomization.yaml";

/**
 * The encrypted Secrets in a folder of manifests. Those that are there stay byte by byte, whether they can be decrypted here
 * or not; missing ones are made for an installation that has none yet.
 *
 * @returns in the order of the configuration
 * @throws EDGE_GITOPS_KEYS_LOST, EDGE_GITOPS_KEYS_PLAIN, EDGE_GITOPS_RECIPIENT and what {@link encryptSecret} throws before
 *   anything is written; EDGE_GITOPS_CA_NOT_TRUSTED after
 */
export async function keyFiles(directory: string, options: KeyFileOptions): Promise<readonly FolderFile[]> {
  const { recipients, now, signal } = options;
  requireRecipients(recipients);
  const installations = keySecretsOf(options.installations);
  const present = new Map<string, string>();
  for (const secret of installations.flat()) {
    const text = await readOptional(join(directory, keyFileName(secret)));
    if (text !== undefined) present.set(keyFileName(secret), text);
  }
  await refuseLost(directory, installations, present, recipients.length > 0);
  for (const [name, text] of present) {
    const problem = await faultOf(text);
    if (problem !== undefined) throw gitopsErrors.EDGE_GITOPS_KEYS_PLAIN({ file: join(directory, name), problem });
  }
  const missing = recipients.length === 0 ? [] : installations.flat().filter((one) => !present.has(keyFileName(one)));
  const made: [string, string][] = [];
  for (const secret of missing) {
    made.push([keyFileName(secret), await encryptSecret(await makeKeySecret(secret, now), { recipients, signal })]);
  }
  if (made.length > 0) await makeDirectory(directory);
  for (const [name, text] of made) await writeAtomically(join(directory, name), text, { mode: 0o644 });
  const all = new Map([...present, ...made]);
  for (const secret of installations.flat()) await requireTrusted(secret, all.get(keyFileName(secret)));
  return installations.flat().flatMap((secret) => {
    const name = keyFileName(secret);
    const content = all.get(name);
    return content === undefined ? [] : [{ name, content }];
  });
}

async function readOptional(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (text !== undefined && text.length > maxBytes) {
    throw gitopsErrors.EDGE_GITOPS_KEYS_PLAIN({ file: path, problem: "it is larger than 1 MiB" });
  }
  return text;
}

/** A key that was there may not be replaced without a word, nor taken out of the kustomization. */
async function refuseLost(
  directory: string,
  installations: readonly (readonly KeySecret[])[],
  present: ReadonlyMap<string, string>,
  wouldMake: boolean,
): Promise<void> {
  const text = (await readOptional(join(directory, kustomizationFile))) ?? "";
  const listed = [...text.matchAll(/^\s*- "?([^\s"]+)"?$/gm)].map(([, name = ""]) => name).filter(isKeyFileName);
  const lost = installations.flatMap((secrets) => {
    const names = secrets.map(keyFileName);
    const isPartial = wouldMake && names.some((name) => present.has(name));
    return names.filter((name) => !present.has(name) && (isPartial || listed.includes(name)));
  });
  if (lost.length > 0) throw gitopsErrors.EDGE_GITOPS_KEYS_LOST({ directory, files: lost.join(", ") });
}

/** What was issued by a CA that nobody trusts would be refused: the stack has to have its certificate first. */
async function requireTrusted(secret: KeySecret, text: string | undefined): Promise<void> {
  if (text === undefined || secret.of !== "workload CA") return;
  const { parse } = await import("yaml");
  const { metadata } = parse(text) as { readonly metadata?: unknown };
  const annotations = isJsonObject(metadata) && isJsonObject(metadata.annotations) ? metadata.annotations : {};
  const certificate = annotations[certificateAnnotation];
  // Made by others, who know what is above it.
  if (typeof certificate !== "string") return;
  const trusted = secret.trustedCas.map((pem) => pem.replace(/\s/g, ""));
  if (trusted.includes(certificate.replace(/\s/g, ""))) return;
  const { namespace, name } = secret;
  throw gitopsErrors.EDGE_GITOPS_CA_NOT_TRUSTED({ namespace, secret: name, certificate: certificate.trim() });
}
