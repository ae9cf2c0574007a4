import { mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { runProgram } from "../../support/run-program.ts";

const checkout = resolve(import.meta.dirname, "../../..");
const names = ["iotedged", "edge-agent"] as const;

/** Of an image, unpacked, in bytes. */
export interface ImageSize {
  readonly name: (typeof names)[number];
  readonly before: number;
  readonly now: number;
}

/**
 * Builds the daemons' images of this checkout, and those of an earlier commit by the packages of this one.
 *
 * @param commit of this repository
 * @param directory that is empty, for the commit's files
 */
export async function measureImages(commit: string, directory: string): Promise<readonly ImageSize[]> {
  const earlier = join(directory, "checkout");
  await mkdir(earlier);
  const archive = join(directory, "checkout.tar");
  await run("git", ["-C", checkout, "archive", "--output", archive, commit]);
  await run("tar", ["-xf", archive, "-C", earlier]);
  await symlink(join(checkout, "node_modules"), join(earlier, "node_modules"));
  const before = await build(earlier, directory);
  const now = await build(checkout, directory);
  return names.map((name) => ({ name, before: sizeOf(before, name), now: sizeOf(now, name) }));
}

interface Built {
  readonly images: readonly { readonly name: string; readonly unpackedBytes: number }[];
}

async function build(project: string, directory: string): Promise<Built> {
  const cli = join(project, "runtime/images/cli.ts");
  const imagesFile = join(directory, "images.json");
  const args = [cli, "build", "--images-file", imagesFile, "--only", ...names];
  return JSON.parse(await run(process.execPath, ["--disable-warning=ExperimentalWarning", ...args]));
}

function sizeOf({ images }: Built, name: string): number {
  const found = images.find((image) => image.name === name);
  if (found === undefined) throw new Error(`image ${name} was not built`);
  return found.unpackedBytes;
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with code ${code}: ${stderr}`);
  return stdout;
}
