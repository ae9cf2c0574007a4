import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { parseJson } from "#base";
import { writeWhole } from "./cache.ts";
import type { Toolbox } from "./command.ts";
import { contentTag, type Entry, fileSha256, writeEntries } from "./content.ts";
import type { BuildContext } from "./context.ts";

const LayerSchema = Type.Object({ digest: Type.String(), diffId: Type.String(), size: Type.Number() });

/** A layer of an image as a file: a compressed archive. */
export interface Layer extends Static<typeof LayerSchema> {
  readonly file: string;
}

const noConfig = { entrypoint: [], environment: {}, labels: {} } as const;

/** Options by which GNU tar gives equal bytes for equal files, whoever packs them, when and where. */
const reproducible = [
  ...["--format=ustar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"],
  ...["--no-acls", "--no-selinux", "--no-xattrs"],
];

/** Packs a directory into a tar file; equal content gives equal bytes. */
export async function packDirectory(toolbox: Toolbox, directory: string, file: string): Promise<void> {
  await toolbox.run("tar", ["--create", "--file", file, ...reproducible, "--directory", directory, "."]);
}

/** Makes a layer in a directory. Equal entries give equal bytes. */
export async function makeLayer(toolbox: Toolbox, entries: readonly Entry[], directory: string): Promise<Layer> {
  const stage = join(directory, "stage");
  await mkdir(stage, { recursive: true });
  await chmod(stage, 0o755);
  await writeEntries(stage, entries);
  const archive = join(directory, "layer.tar");
  await packDirectory(toolbox, stage, archive);
  await rm(stage, { recursive: true });
  const diffId = `sha256:${await fileSha256(archive)}`;
  // zlib chooses other matches by what the processor can; gzip gives the same bytes on every machine.
  await toolbox.run("gzip", ["--no-name", "-6", archive]);
  const file = `${archive}.gz`;
  return { digest: `sha256:${await fileSha256(file)}`, diffId, size: (await stat(file)).size, file };
}

/** A layer that several images share and that seldom changes: it is kept in the cache. */
export async function cachedLayer({ toolbox, cache }: BuildContext, entries: readonly Entry[]): Promise<Layer> {
  const directory = await cache.path("parts", `layer-${await contentTag(entries, noConfig)}`);
  const [file, record] = [join(directory, "layer.tar.gz"), join(directory, "layer.json")];
  const known = parseJson(await readFile(record, "utf8").catch(() => ""));
  if (Value.Check(LayerSchema, known)) return { ...known, file };
  toolbox.say("packing the layer that images share");
  await writeWhole(directory, async (temporary) => {
    const made = await makeLayer(toolbox, entries, temporary);
    const { digest, diffId, size } = made;
    await writeFile(join(temporary, "layer.json"), JSON.stringify({ digest, diffId, size }));
  });
  return { ...Value.Parse(LayerSchema, parseJson(await readFile(record, "utf8"))), file };
}

/** The digest of something that is not in a file. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
