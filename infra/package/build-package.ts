import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { parseJson } from "#base";
import { bundleLibraries } from "./bundled-libraries.ts";
import { packageErrors } from "./errors.ts";
import { importedNames, manPageFile, type ProjectPackage, packageJson } from "./package-json.ts";
import { keepLines } from "./source-maps.ts";

export interface BuildOptions {
  /** The project's root. */
  readonly projectDirectory: string;
  /** JSON file of image references by digest, which stacks take that name none. A release has one. */
  readonly images?: string;
  /** Address of the source's repository, for package.json. */
  readonly repository?: string | undefined;
  readonly tell: (line: string) => void;
}

export interface BuiltPackage {
  readonly tarball: string;
  readonly version: string;
  readonly bytes: number;
  readonly files: number;
}

const run = promisify(execFile);
/** Folders whose files are read at run time, but for those that are compiled. */
const data = ["infra/rbac/builtin", "infra/policy", "infra/provider", "infra/console/page"];
/** JavaScript that names the TypeScript beside it. */
const scripts = [
  "infra/policy/index.mjs",
  "infra/edgectl/bin/compile-cache.mjs",
  "infra/edgectl/bin/young-generation.mjs",
];
/** Files that say where Pulumi begins with the policy pack. */
const packEntries = ["infra/policy/PulumiPolicy.yaml", "infra/policy/package.json"];
const texts = [manPageFile, "LICENSE", "CHANGELOG.md", "README.md", "SECURITY.md", "stacks/Pulumi.example.yaml"];
const pipelines = ["rbac-diff.sh", "comment.mjs"];
const isData = /\.(json|yaml|js|svg)$/;
/** What README, help and errors refer to. */
const isDocumentation = /\.(md|json|ya?ml|svg)$/;

/**
 * Compiles the project into `.edge/package`, and packs that into `.edge/pulumi-iotedge-VERSION.tgz`.
 *
 * @throws EDGE_PACKAGE_FAILED
 */
export async function buildPackage({
  projectDirectory,
  images,
  repository,
  tell,
}: BuildOptions): Promise<BuiltPackage> {
  const staging = join(projectDirectory, ".edge", "package");
  await rm(staging, { recursive: true, force: true });
  tell("compiling");
  await compile(projectDirectory);
  await keepLines(staging);
  for (const directory of data) await copyData(join(projectDirectory, directory), join(staging, directory));
  await copyDocumentation(join(projectDirectory, "docs"), join(staging, "docs"));
  await cp(join(projectDirectory, "examples"), join(staging, "examples"), { recursive: true });
  for (const file of scripts) await copyScript(join(projectDirectory, file), join(staging, file));
  for (const file of packEntries) await skipCheckoutsNode(join(staging, file));
  for (const file of texts) await cp(join(projectDirectory, file), join(staging, file));
  for (const file of pipelines)
    await cp(join(projectDirectory, "docs/pipelines", file), join(staging, "pipelines", file));
  await mkdir(join(staging, "bin"));
  await cp(join(import.meta.dirname, "edgectl.mjs"), join(staging, "bin/edgectl.mjs"));
  await cp(join(import.meta.dirname, "PulumiPlugin.yaml"), join(staging, "PulumiPlugin.yaml"));
  if (images !== undefined) await cp(images, join(staging, "images.json"));
  const project = JSON.parse(await readFile(join(projectDirectory, "package.json"), "utf8")) as ProjectPackage;
  tell("bundling libraries");
  const bundled = await bundleLibraries(staging);
  const manifest = packageJson(project, { names: await namesUsedIn(staging), bundled }, repository);
  await writeFile(join(staging, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  tell("packing");
  return pack(staging, join(projectDirectory, ".edge"));
}

async function compile(projectDirectory: string): Promise<void> {
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const config = join(import.meta.dirname, "tsconfig.json");
  await run(process.execPath, [compiler, "-p", config], { cwd: projectDirectory }).catch(
    (error: { stdout?: string }) => {
      throw packageErrors.EDGE_PACKAGE_FAILED({ step: "compile", problem: firstLine(error.stdout) }, { cause: error });
    },
  );
}

async function copyData(from: string, to: string): Promise<void> {
  for (const file of await readdir(from)) if (isData.test(file)) await cp(join(from, file), join(to, file));
}

async function copyDocumentation(from: string, to: string): Promise<void> {
  for (const file of await readdir(from, { recursive: true }))
    if (isDocumentation.test(file)) await cp(join(from, file), join(to, file));
}

async function copyScript(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, (await readFile(from, "utf8")).replace(/(from "\.[^"]+)\.ts"/g, '$1.js"'));
}

/** A checkout's pack asks for the Node that takes TypeScript before it begins; compiled, it needs none. */
async function skipCheckoutsNode(file: string): Promise<void> {
  await writeFile(file, (await readFile(file, "utf8")).replace("index.cjs", "index.mjs"));
}

async function namesUsedIn(staging: string): Promise<ReadonlySet<string>> {
  const files = (await readdir(staging, { recursive: true })).filter((file) => /\.(m?js|d\.ts)$/.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(staging, file), "utf8")));
  return new Set(texts.flatMap(importedNames));
}

async function pack(staging: string, destination: string): Promise<BuiltPackage> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", destination];
  const { stdout } = await run("npm", args, { cwd: staging }).catch((error: { stderr?: string }) => {
    throw packageErrors.EDGE_PACKAGE_FAILED({ step: "pack", problem: firstLine(error.stderr) }, { cause: error });
  });
  const [packed] = Object.values(parseJson(stdout) as Record<string, PackReport>);
  if (packed === undefined) throw packageErrors.EDGE_PACKAGE_FAILED({ step: "pack", problem: "npm packed nothing" });
  const tarball = join(destination, packed.filename);
  return { tarball, version: packed.version, bytes: (await stat(tarball)).size, files: packed.entryCount };
}

interface PackReport {
  readonly filename: string;
  readonly version: string;
  readonly entryCount: number;
}

const firstLine = (text = "") => text.split("\n", 1)[0] || "it said nothing";
