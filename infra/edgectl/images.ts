import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import { parseJson } from "#base";
import { defaultImagesFile } from "#contract";
import { edgectlErrors } from "./errors.ts";

const ImageSchema = Type.Object({
  name: Type.String(),
  reference: Type.String(),
  archive: Type.String(),
  digest: Type.Optional(Type.String()),
  platforms: Type.Optional(Type.Array(Type.String())),
  sboms: Type.Optional(Type.Array(Type.Object({ platform: Type.String(), file: Type.String() }))),
  unpackedBytes: Type.Optional(Type.Number()),
  budgetBytes: Type.Optional(Type.Number()),
  cached: Type.Optional(Type.Boolean()),
});
const ResultSchema = Type.Object({ images: Type.Array(ImageSchema) });
const UpdateSchema = Type.Object({ file: Type.String(), changes: Type.Array(Type.String()) });

/** An image of the runtime, as its builder reports it. */
export type BuiltImage = Static<typeof ImageSchema>;

export interface ImagesRun {
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

const builder = join(import.meta.dirname, "../../runtime/images/cli.ts");
const maxOutput = 1024 * 1024;
const lastLines = 20;

/** What is asked of the builder. */
export interface BuildFlags {
  /** Such as `linux/amd64,linux/arm64`; default: the machine's own. */
  readonly platform?: string;
  /** Takes nothing but what the lock file pins. */
  readonly locked?: boolean;
  /** For the images' annotations. */
  readonly source?: string;
  readonly revision?: string;
}

/**
 * Builds the images, or takes them from the cache, and writes their references into the images file.
 *
 * @throws EDGE_CLI_IMAGES_FAILED
 */
export async function buildImages(
  imagesFile: string,
  flags: BuildFlags,
  run: ImagesRun,
): Promise<readonly BuiltImage[]> {
  return imagesOf(await runBuilder("build", ["--images-file", imagesFile, ...buildArguments(flags)], run));
}

/** Pushes the images and writes the references that the registry gave them. */
export async function pushImages(
  imagesFile: string,
  options: BuildFlags & { readonly registry: string; readonly insecure: boolean },
  run: ImagesRun,
): Promise<readonly BuiltImage[]> {
  const args = ["--images-file", imagesFile, "--registry", options.registry, ...buildArguments(options)];
  return imagesOf(await runBuilder("push", options.insecure ? [...args, "--insecure"] : args, run));
}

/** Pins the newest packages in the lock file. */
export async function updateImagesLock(run: ImagesRun): Promise<Static<typeof UpdateSchema>> {
  const result = await runBuilder("update", [], run);
  if (!Check(UpdateSchema, result)) throw failed("update", "0", "it printed no list of changes");
  return result;
}

function buildArguments({ locked, platform, source, revision }: BuildFlags): string[] {
  const values = Object.entries({ platform, source, revision });
  const named = values.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  return locked === true ? [...named, "--locked"] : named;
}

function imagesOf(result: unknown): readonly BuiltImage[] {
  if (!Check(ResultSchema, result)) throw failed("build", "0", "it printed no list of images");
  return result.images;
}

function failed(command: string, code: string, output: string) {
  return edgectlErrors.EDGE_CLI_IMAGES_FAILED({ command, code, output: output || "it printed nothing" });
}

/** The builder is a program of its own: what declares installations does not depend on what runs them. */
async function runBuilder(command: string, args: readonly string[], run: ImagesRun): Promise<unknown> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", builder, command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    signal: run.signal,
  });
  const told: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    told.push(line);
    run.tell(line);
  });
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxOutput) chunks.push(chunk);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw failed(command, String(code), told.slice(-lastLines).join("\n  "));
  return parseJson(Buffer.concat(chunks).toString("utf8"));
}

/** Where the Pulumi program looks for the references. */
export function imagesFileOf(projectDirectory: string): string {
  return join(projectDirectory, defaultImagesFile);
}
