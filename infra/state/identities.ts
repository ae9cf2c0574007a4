import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { readBounded, writeAtomically } from "#base";
import { stateErrors } from "./errors.ts";

/** Keys of this machine that open what is encrypted for them. */
export interface Identities {
  /** Secret. */
  readonly keys: readonly string[];
  /** Where they are from, or would be. */
  readonly source: string;
}

const maxFileBytes = 256 * 1024;
const maxKeys = 64;
const secretKey = /^AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]{20,3000}$/;

/** Where a key is when nothing else is said. */
export function identityFileOf(env: NodeJS.ProcessEnv): string {
  return env.EDGE_AGE_KEY_FILE || join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "edgectl", "age-keys.txt");
}

/**
 * The keys in `$EDGE_AGE_KEY`, else those in the file of `$EDGE_AGE_KEY_FILE`, else those of the user's own file.
 *
 * @returns none where none of them is there
 * @throws EDGE_STATE_IDENTITY
 */
export async function findIdentities(env: NodeJS.ProcessEnv): Promise<Identities> {
  if (env.EDGE_AGE_KEY) return { keys: parseIdentities(env.EDGE_AGE_KEY, "$EDGE_AGE_KEY"), source: "$EDGE_AGE_KEY" };
  const found = await identitiesIn(identityFileOf(env));
  // Who names a file wants that one.
  if (env.EDGE_AGE_KEY_FILE && found.keys.length === 0)
    throw stateErrors.EDGE_STATE_IDENTITY({ source: found.source, problem: "there is no such file" });
  return found;
}

async function identitiesIn(file: string): Promise<Identities> {
  const text = await readIdentities(file);
  return { keys: text === undefined ? [] : parseIdentities(text, file), source: file };
}

/**
 * Keys in the form of `age-keygen`: one a line, with comments. What is wrong is never quoted.
 *
 * @throws EDGE_STATE_IDENTITY
 */
export function parseIdentities(text: string, source: string): readonly string[] {
  const invalid = (problem: string) => stateErrors.EDGE_STATE_IDENTITY({ source, problem });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    if (!secretKey.test(line)) throw invalid(`line ${index + 1} is neither a key nor a comment`);
    keys.push(line);
  }
  if (keys.length === 0) throw invalid("there is none in it");
  if (keys.length > maxKeys) throw invalid(`it has more than ${maxKeys}`);
  return keys;
}

/**
 * The machine's own keys; where it has none, one is made and written to the file that `$EDGE_AGE_KEY_FILE` names, else to the
 * user's own.
 *
 * @throws EDGE_STATE_IDENTITY
 */
export async function findOrMakeIdentity(env: NodeJS.ProcessEnv): Promise<Identities & { readonly made: boolean }> {
  const found = env.EDGE_AGE_KEY ? await findIdentities(env) : await identitiesIn(identityFileOf(env));
  if (found.keys.length > 0) return { ...found, made: false };
  const { generateX25519Identity, identityToRecipient } = await import("age-encryption");
  const key = await generateX25519Identity();
  const file = found.source;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeAtomically(file, `# public key: ${await identityToRecipient(key)}\n${key}\n`, { mode: 0o600 });
  } catch (error) {
    const problem = `it cannot be written (${(error as NodeJS.ErrnoException).code})`;
    throw stateErrors.EDGE_STATE_IDENTITY({ source: file, problem }, { cause: error });
  }
  return { keys: [key], source: file, made: true };
}

/** The public halves. */
export async function recipientsOf({ keys, source }: Identities): Promise<readonly string[]> {
  const { identityToRecipient } = await import("age-encryption");
  try {
    return await Promise.all(keys.map((key) => identityToRecipient(key)));
  } catch {
    // The library's message may quote the key.
    throw stateErrors.EDGE_STATE_IDENTITY({ source, problem: "a key in it is mistyped" });
  }
}

async function readIdentities(file: string): Promise<string | undefined> {
  const failed = (problem: string) => stateErrors.EDGE_STATE_IDENTITY({ source: file, problem });
  try {
    const text = await readBounded(file, maxFileBytes);
    if (text === undefined) throw failed("it is larger than 256 KiB");
    return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw code?.startsWith("EDGE_") ? error : failed(`it cannot be read (${code})`);
  }
}
