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
  unpackedBytes: Type.Optional(Type.Number()),
  budgetBytes: Type.Optional(Type.Number()),
  cached: Type.Optional(Type.Boolean()),
});
const ResultSchema = Type.Object({ images: Type.Array(ImageSchema) });

/** An image of the runtime, as its builder reports it. */
export type BuiltImage = Static<typeof ImageSchema>;

export interface ImagesRun {
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

const builder = join(import.meta.dirname, "../../runtime/images/cli.ts");
const maxOutput = 1024 * 1024;
const lastLines = 20;

/**
 * Builds the images, or takes them from the cache, and writes their references into the images file.
 *
 * @throws EDGE_CLI_IMAGES_FAILED
 */
export function buildImages(imagesFile: string, run: ImagesRun): Promise<readonly BuiltImage[]> {
  return runBuilder("build", ["--images-file", imagesFile], run);
}

/** Pushes the images and writes the references that the registry gave them. */
export function pushImages(
  imagesFile: string,
  options: { readonly registry: string; readonly insecure: boolean },
  run: ImagesRun,
): Promise<readonly BuiltImage[]> {
  const args = ["--images-file", imagesFile, "--registry", options.registry];
  return runBuilder("push", options.insecure ? [...args, "--insecure"] : args, run);
}

/** The builder is a program of its own: what declares installations does not depend on what runs them. */
async function runBuilder(command: string, args: readonly string[], run: ImagesRun): Promise<readonly BuiltImage[]> {
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
  const failed = (output: string) =>
    edgectlErrors.EDGE_CLI_IMAGES_FAILED({ command, code: String(code), output: output || "it printed nothing" });
  if (code !== 0) throw failed(told.slice(-lastLines).join("\n  "));
  const result = parseJson(Buffer.concat(chunks).toString("utf8"));
  if (!Check(ResultSchema, result)) throw failed("it printed no list of images");
  return result.images;
}

/** Where the Pulumi program looks for the references. */
export function imagesFileOf(projectDirectory: string): string {
  return join(projectDirectory, defaultImagesFile);
}
