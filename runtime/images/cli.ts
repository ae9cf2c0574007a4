import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { EdgeError } from "#base";
import { defaultImagesFile } from "#contract";
import { type BuildOptions, buildImages } from "./build-images.ts";
import { imageCacheDirectory, openImageCache } from "./cache.ts";
import { type ImageDefinition, imageCatalog } from "./catalog.ts";
import { createToolbox } from "./command.ts";
import type { BuildContext } from "./context.ts";
import { imagesErrors } from "./errors.ts";
import { updateImagesFile } from "./images-file.ts";
import { type Architecture, machineArchitecture, parsePlatforms } from "./platform.ts";
import { pushImages } from "./push-images.ts";
import { updateLock } from "./update-lock.ts";

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface BuildFlags {
  readonly imagesFile: string;
  readonly only?: string[];
  readonly platform: readonly Architecture[];
  readonly locked: boolean;
  readonly files?: string;
  readonly source?: string;
  readonly revision?: string;
}

interface PushFlags extends BuildFlags {
  readonly registry: string;
  readonly insecure: boolean;
}

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());

function createContext(locked: boolean): BuildContext {
  const cache = openImageCache(imageCacheDirectory(process.env));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  return { cache, locked, toolbox: createToolbox({ cache: cache.directory, say, signal: stopping.signal }) };
}

function select(only: readonly string[] | undefined): readonly ImageDefinition[] {
  if (only === undefined) return imageCatalog;
  return only.map((name) => {
    const found = imageCatalog.find((image) => image.name === name);
    const names = imageCatalog.map((image) => image.name).join(", ");
    if (found === undefined) throw imagesErrors.EDGE_IMAGES_UNKNOWN({ name, names });
    return found;
  });
}

async function record(
  path: string,
  images: readonly { readonly name: string; readonly reference: string }[],
): Promise<void> {
  const written = await updateImagesFile(
    path,
    Object.fromEntries(images.map(({ name, reference }) => [name, reference])),
  );
  process.stderr.write(written ? `wrote ${path}\n` : `${path} is not written before all images are built\n`);
}

async function build(flags: BuildFlags): Promise<void> {
  const images = await buildImages(createContext(flags.locked), select(flags.only), await optionsOf(flags));
  await record(flags.imagesFile, images);
  print({ images });
}

async function push(flags: PushFlags): Promise<void> {
  const context = createContext(flags.locked);
  const built = await buildImages(context, select(flags.only), await optionsOf(flags));
  const images = await pushImages(context, built, flags);
  await record(flags.imagesFile, images);
  print({ images });
}

async function optionsOf({ platform, files, source, revision }: BuildFlags): Promise<BuildOptions> {
  const { version } = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
  const annotations = {
    ...(source === undefined ? {} : { "org.opencontainers.image.source": source }),
    ...(revision === undefined ? {} : { "org.opencontainers.image.revision": revision }),
  };
  return { architectures: platform, annotations, version, ...(files !== undefined && { files }) };
}

async function update(): Promise<void> {
  print(await updateLock(createContext(true)));
}

async function list(): Promise<void> {
  const archives = join(imageCacheDirectory(process.env), "archives");
  const names = (await readdir(archives).catch(() => [])).filter((name) => /^[^.].*\.tar$/.test(name)).sort();
  const images = await Promise.all(
    names.map(async (name) => {
      const { size, mtime } = await stat(join(archives, name));
      return { archive: join(archives, name), bytes: size, lastUsed: mtime.toISOString() };
    }),
  );
  print({ images });
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

const program = new Command("images").description("Builds the runtime's images without a container engine.");
const withFlags = (command: Command) =>
  command
    .option("--images-file <path>", "file that gets the references", join(project, defaultImagesFile))
    .option("--platform <list>", "platforms that the images are for", parsePlatforms, [machineArchitecture()])
    .option("--locked", "take nothing but what the lock file pins", false)
    .option("--source <url>", "where the code is, for the images' annotations")
    .option("--revision <commit>", "commit that is built, for the images' annotations")
    .option("--only <name...>", `only these images: ${imageCatalog.map((image) => image.name).join(", ")}`);

withFlags(program.command("build").description("build images, or take them from the cache"))
  .option("--files <directory>", "also write the files of each image below a directory; for one platform")
  .action(build);
withFlags(program.command("push").description("build images and push them to a registry"))
  .requiredOption("--registry <registry>", "registry and path, such as registry.example.com/team")
  .option("--insecure", "speak plain HTTP, or do not verify the registry's certificate", false)
  .action(push);
program.command("update").description("pin the newest packages of Debian in the lock file").action(update);
program.command("list").description("list the archives in the cache").action(list);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof EdgeError || stopping.signal.aborted)) throw error;
  if (error instanceof EdgeError)
    process.stderr.write(`error ${error.code}: ${error.message}\n  fix: ${error.remedy}\n`);
  process.exitCode = 1;
}
