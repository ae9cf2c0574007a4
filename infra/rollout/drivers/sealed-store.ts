import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { writeAtomically } from "#base";
import { rolloutErrors } from "../errors.ts";
import type { Revision } from "../model/index.ts";

const magic = Buffer.from("edge-sealed-1\n");
const nonceBytes = 12;
const tagBytes = 16;
const maxBytes = 64 * 1024 * 1024;

/**
 * Keeps what holds Secrets: compressed and encrypted (AES-256-GCM), so that the run's directory can be archived or
 * attached to a ticket without giving keys away, and a changed file is noticed.
 */
export interface SealedStore {
  /** @param name path of the file in the store, without extension */
  write(name: string, content: unknown): Promise<Revision>;
  /** @throws EDGE_ROLLOUT_ARTIFACT */
  read(file: string, digest?: string): Promise<unknown>;
}

/** @param key of 32 bytes, see {@link readOrMakeKey} */
export function createSealedStore(directory: string, key: Buffer): SealedStore {
  return {
    write: async (name, content) => {
      const sealed = seal(key, Buffer.from(JSON.stringify(content)));
      const file = `${name}.sealed`;
      await replaceFile(join(directory, file), sealed);
      return { file, digest: sha256(sealed) };
    },
    read: async (file, digest) => {
      const unusable = (problem: string, cause?: unknown) =>
        rolloutErrors.EDGE_ROLLOUT_ARTIFACT({ file: join(directory, file), problem }, { cause });
      const sealed = await readFile(join(directory, file)).catch((error: NodeJS.ErrnoException) => {
        throw unusable(error.code === "ENOENT" ? "there is no such file" : `it cannot be read (${error.code})`, error);
      });
      if (digest !== undefined && sha256(sealed) !== digest) throw unusable("it is not the file that the run recorded");
      try {
        return JSON.parse(unseal(key, sealed).toString("utf8"));
      } catch (cause) {
        throw unusable("it is damaged, or sealed with another key", cause);
      }
    },
  };
}

function seal(key: Buffer, plain: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(magic);
  const content = Buffer.concat([cipher.update(gzipSync(plain)), cipher.final()]);
  return Buffer.concat([magic, nonce, cipher.getAuthTag(), content]);
}

function unseal(key: Buffer, sealed: Buffer): Buffer {
  if (!sealed.subarray(0, magic.length).equals(magic)) throw new Error("not a sealed file");
  const nonce = sealed.subarray(magic.length, magic.length + nonceBytes);
  const tag = sealed.subarray(magic.length + nonceBytes, magic.length + nonceBytes + tagBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes })
    .setAAD(magic)
    .setAuthTag(tag);
  const content = sealed.subarray(magic.length + nonceBytes + tagBytes);
  return gunzipSync(Buffer.concat([decipher.update(content), decipher.final()]), { maxOutputLength: maxBytes });
}

/** Replaces the file whole, with mode 0600, and returns when it is on disk. */
async function replaceFile(path: string, content: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeAtomically(path, content, { mode: 0o600 });
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

const keyBytes = 32;

/**
 * The key by which runs seal what holds Secrets: kept in a file of its own with mode 0600, outside of the runs'
 * directories, and made once.
 *
 * @throws EDGE_ROLLOUT_KEY
 */
export async function readOrMakeKey(file: string): Promise<Buffer> {
  const unusable = (problem: string, cause?: unknown) => rolloutErrors.EDGE_ROLLOUT_KEY({ file, problem }, { cause });
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const temporary = `${file}.${randomBytes(4).toString("hex")}.tmp`;
    await writeFile(temporary, randomBytes(keyBytes).toString("base64"), { mode: 0o600, flag: "wx", flush: true });
    // Of several processes that make the key at the same time, all use the one that was there first.
    await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(temporary, { force: true });
    if (((await stat(file)).mode & 0o077) !== 0) throw unusable("others can read it");
    const key = Buffer.from(await readFile(file, "utf8"), "base64");
    if (key.length !== keyBytes) throw unusable("it holds no key of 32 bytes");
    return key;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined || code.startsWith("EDGE_") ? error : unusable(code, error);
  }
}
