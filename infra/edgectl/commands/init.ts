import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import process from "node:process";
import { Check } from "typebox/value";
import { parseJson, shellWord } from "#base";
import { type Images, ImagesSchema } from "#contract";
import {
  type NewProject,
  newProjectErrors,
  type PackageSource,
  type Pipeline,
  packageSource,
  projectFiles,
  writeProject,
} from "../../new-project/index.ts";
import { type CommandContext, type ExitCode, isCheckout } from "../../terminal/index.ts";

export interface InitFlags {
  readonly name?: string;
  readonly stack: string;
  readonly images?: string;
  readonly pipeline?: Pipeline;
  readonly json: boolean;
}

const packageDirectory = resolve(import.meta.dirname, "../../..");
const projectName = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;
const stackName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

/** `edgectl init`: a project that renders at once, and deploys once its images are named. */
export async function initCommand(
  dir: string | undefined,
  flags: InitFlags,
  { output }: CommandContext,
): Promise<ExitCode> {
  const directory = resolve(dir ?? ".");
  const name = flags.name ?? basename(directory);
  refuse("--name", name, projectName, "a letter");
  refuse("--stack", flags.stack, stackName, "a letter, a digit or `_`");
  const { version } = JSON.parse(await readFile(join(packageDirectory, "package.json"), "utf8"));
  const project: NewProject = {
    name,
    stack: flags.stack,
    version,
    images: await imagesOf(flags.images),
    pipeline: flags.pipeline,
  };
  const source = await packageSource({ packageDirectory, projectDirectory: directory, version, isCheckout });
  const files = await writeProject(directory, projectFiles(project), source.specifier);
  if (flags.json) {
    output.write(`${JSON.stringify({ directory, name, stack: flags.stack, files })}\n`);
    return 0;
  }
  const enter = relative(process.cwd(), directory);
  const lines = files.map(({ file, state }) => `  ${state.padEnd(9)}  ${file}\n`).join("");
  output.write(`Project ${name} in ${directory}\n${lines}\nNext:\n`);
  for (const step of [
    ...(enter === "" ? [] : [`cd ${shellWord(enter)}`]),
    ...((await isTaken(directory, source)) ? source.before : []),
    "npm install",
    ofProject("render", "--stack", flags.stack),
    ...(project.images === "examples" ? [`# name your images in stacks/Pulumi.${flags.stack}.yaml`] : []),
    ofProject("up", "--stack", flags.stack, "--context", "CONTEXT"),
  ])
    output.write(`  ${step}\n`);
  return 0;
}

/** Whether the project gets the package from there: it may have named another source before. */
async function isTaken(directory: string, { specifier }: PackageSource): Promise<boolean> {
  const { dependencies } = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  return dependencies["pulumi-iotedge"] === specifier;
}

/** A command of the edgectl that the new project brings along, whatever has called this one. */
function ofProject(...words: readonly string[]): string {
  return ["npx", "edgectl", ...words].map(shellWord).join(" ");
}

function refuse(option: string, value: string, pattern: RegExp, first: string): void {
  if (pattern.test(value)) return;
  throw newProjectErrors.EDGE_INIT_NAME({ option, value: JSON.stringify(value), first });
}

async function imagesOf(file: string | undefined): Promise<Images | "released" | "examples"> {
  if (file === undefined) return existsSync(join(packageDirectory, "images.json")) ? "released" : "examples";
  const unusable = (problem: string) => newProjectErrors.EDGE_INIT_IMAGES({ file, problem });
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw unusable(cause.code === "ENOENT" ? "there is no such file" : `it cannot be read (${cause.code})`);
  });
  const images = parseJson(text);
  if (images === undefined) throw unusable("it is not JSON");
  if (!Check(ImagesSchema, images)) throw unusable("it does not name iotedged, edgeAgent and proxy");
  return images;
}
