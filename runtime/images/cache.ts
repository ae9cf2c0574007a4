import { mkdir, mkdtemp, readdir, rm, stat, statfs } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { draftFile } from "#base";
import { imagesErrors } from "./errors.ts";

const neededMegabytes = 1500;
const unfinished = /^(tmp-|\.)/;
const abandonedMilliseconds = 60 * 60 * 1000;

/** Where archives, downloaded packages and compiled parts are kept for all checkouts of a user. */
export interface ImageCache {
  readonly directory: string;
  /** Path of a finished file or directory, its parent made. */
  path(...segments: string[]): Promise<string>;
  /** A new directory beside the finished ones; removed when the caller disposes of it. */
  temporary(): Promise<TemporaryDirectory>;
}

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

export function imageCacheDirectory(environment: NodeJS.ProcessEnv): string {
  const configured = environment.EDGE_CACHE_DIR;
  if (configured) return resolve(configured, "images");
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-iotedge", "images");
}

export function openImageCache(directory: string): ImageCache {
  return {
    directory,
    async path(...segments) {
      const path = join(directory, ...segments);
      await mkdir(dirname(path), { recursive: true });
      return path;
    },
    async temporary() {
      await mkdir(directory, { recursive: true });
      for (const part of ["", "archives", "packages", "parts"]) await removeAbandoned(join(directory, part));
      const path = await mkdtemp(join(directory, "tmp-"));
      return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
    },
  };
}

/** Removes what killed builds left behind: unfinished files and directories older than an hour. */
async function removeAbandoned(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter((entry) => unfinished.test(entry))) {
    const path = join(directory, name);
    const changed = await stat(path).catch(() => undefined);
    if (changed !== undefined && Date.now() - changed.mtimeMs > abandonedMilliseconds)
      await rm(path, { recursive: true, force: true });
  }
}

/**
 * Makes a file or directory of the cache as a whole: `write` gets a path beside it, which is then renamed. Builds that
 * run at the same time may both write it, and get equal content.
 */
export async function writeWhole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await using draft = await draftFile(path);
  await write(draft.path);
  await draft.keep();
}

/** @throws EDGE_IMAGES_NO_SPACE */
export async function requireSpace(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const { bavail, bsize } = await statfs(directory);
  const available = Math.floor((bavail * bsize) / 1e6);
  if (available < neededMegabytes)
    throw imagesErrors.EDGE_IMAGES_NO_SPACE({ directory, available, needed: neededMegabytes });
}
