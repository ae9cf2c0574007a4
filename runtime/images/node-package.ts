import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "./cache.ts";
import { fileSha256 } from "./content.ts";
import type { BuildContext } from "./context.ts";
import { withoutSections } from "./elf.ts";
import { imagesErrors } from "./errors.ts";
import type { PackagesLock } from "./packages-lock.ts";
import { type Architecture, architectures } from "./platform.ts";

/** Node for one architecture. */
export interface NodePackage {
  readonly version: string;
  /** The program without its symbols. */
  readonly file: string;
  readonly sha256: string;
  /** Its licence and those of what is built into it. */
  readonly licence: string;
}

const manifest = join(import.meta.dirname, "../../package.json");

/** The version of the project's own Node, which the programs are tested with. */
export async function pinnedNodeVersion(): Promise<string> {
  return JSON.parse(await readFile(manifest, "utf8")).devDependencies.node;
}

/**
 * Node of the npm package for an architecture, which need not be the machine's.
 *
 * @throws EDGE_IMAGES_LOCK_NODE, EDGE_IMAGES_HASH
 */
export async function nodePackage(
  context: BuildContext,
  lock: PackagesLock["node"],
  architecture: Architecture,
): Promise<NodePackage> {
  const version = await pinnedNodeVersion();
  if (version !== lock.version) throw imagesErrors.EDGE_IMAGES_LOCK_NODE({ version, locked: lock.version });
  const wanted = lock[architecture];
  const directory = await context.cache.path("parts", `node-${architecture}-${wanted.slice(0, 16)}`);
  const file = join(directory, "node");
  if ((await stat(directory).catch(() => undefined)) === undefined) {
    await writeWhole(directory, async (temporary) => {
      const { program, licence, sha256 } = await unpackNode(context, version, architecture, temporary);
      if (sha256 !== wanted)
        throw imagesErrors.EDGE_IMAGES_HASH({
          file: `node of ${packageName(architecture, version)}`,
          sha256: wanted,
          got: sha256,
        });
      const cut = withoutSections(await readFile(program));
      await writeFile(join(temporary, "node"), cut, { mode: 0o755 });
      await rename(licence, join(temporary, "LICENSE"));
      await writeFile(join(temporary, "sha256"), await fileSha256(join(temporary, "node")));
      await rm(join(temporary, "package"), { recursive: true });
    });
  }
  const [sha256, licence] = await Promise.all(
    ["sha256", "LICENSE"].map((name) => readFile(join(directory, name), "utf8")),
  );
  return { version, file, sha256: sha256 ?? "", licence: licence ?? "" };
}

/** Hash of Node's program as npm has it. */
export async function newestNodeHash(
  context: BuildContext,
  version: string,
  architecture: Architecture,
): Promise<string> {
  await using temporary = await context.cache.temporary();
  return (await unpackNode(context, version, architecture, join(temporary.path, "node"))).sha256;
}

async function unpackNode(
  { toolbox }: BuildContext,
  version: string,
  architecture: Architecture,
  directory: string,
): Promise<{ readonly program: string; readonly licence: string; readonly sha256: string }> {
  await mkdir(directory);
  const name = packageName(architecture, version);
  toolbox.say(`fetching ${name}`);
  const packed = (await toolbox.run("npm", ["pack", "--silent", "--prefer-offline", name], { cwd: directory })).trim();
  await toolbox.run("tar", ["-xzf", packed, "package/bin/node", "package/LICENSE"], { cwd: directory });
  await rm(join(directory, packed));
  const program = join(directory, "package/bin/node");
  return { program, licence: join(directory, "package/LICENSE"), sha256: await fileSha256(program) };
}

function packageName(architecture: Architecture, version: string): string {
  return `${architectures[architecture].npmPackage}@${version}`;
}
