import { createHash } from "node:crypto";
import { copyFile, readFile, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { writeWhole } from "./cache.ts";
import { type Entry, fileSha256 } from "./content.ts";
import type { BuildContext } from "./context.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { systemFiles } from "./system-files.ts";

/** What all images of a Node program share: Node, the libraries that it needs, and the files that those read. */
export async function nodeBase(context: BuildContext): Promise<readonly Entry[]> {
  const program = pinnedNode();
  const libraries = await sharedLibraries(context.toolbox, "/", [program]);
  return [...systemFiles, ...libraries, await strippedNode(context, program)];
}

/** The Node of the `node` package that package-lock.json pins. */
function pinnedNode(): string {
  return join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
}

/** Node without its symbol table, which is a seventh of it and only a native debugger reads. */
async function strippedNode({ toolbox, cache }: BuildContext, program: string): Promise<Entry> {
  const { size, mtimeMs } = await stat(program);
  const key = createHash("sha256").update(`${program} ${size} ${mtimeMs}`).digest("hex").slice(0, 16);
  const file = await cache.path("parts", `node-${key}`);
  const digest = `${file}.sha256`;
  const known = await readFile(digest, "utf8").catch(() => undefined);
  if (known !== undefined) return { path: "/bin/node", mode: 0o755, file, sha256: known };
  toolbox.say("preparing Node");
  await writeWhole(file, async (temporary) => {
    await copyFile(program, temporary);
    await toolbox.run("strip", ["--strip-unneeded", temporary]);
  });
  const sha256 = await fileSha256(file);
  await writeWhole(digest, (temporary) => writeFile(temporary, sha256));
  return { path: "/bin/node", mode: 0o755, file, sha256 };
}
