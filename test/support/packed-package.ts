import { copyFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { exclusively } from "../../infra/local-cluster/process/exclusive.ts";
import { buildPackage } from "../../infra/package/index.ts";
import { progress } from "./progress.ts";

const checkout = resolve(import.meta.dirname, "../..");

/**
 * Packs this checkout, and puts the tarball into the folder: all packages of a checkout are made at one place, where tests that
 * run at the same time would take it from each other.
 *
 * @returns path of the tarball
 */
export function packedPackage(folder: string): Promise<string> {
  const pack = async () => {
    const { tarball } = await buildPackage({ projectDirectory: checkout, tell: progress });
    const own = join(folder, basename(tarball));
    await copyFile(tarball, own);
    return own;
  };
  return exclusively(`pack ${checkout}`, pack, () => progress("Waiting for the package of another test"));
}
