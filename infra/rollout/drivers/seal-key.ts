import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { rolloutErrors } from "../errors.ts";

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
