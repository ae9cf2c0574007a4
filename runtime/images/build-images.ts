import { access, readdir, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { requireSpace, writeWhole } from "./cache.ts";
import { type ImageContent, type ImageDefinition, imageContent } from "./catalog.ts";
import { contentTag, type Entry, unpackedBytes } from "./content.ts";
import type { BuildContext } from "./context.ts";
import { imagesErrors } from "./errors.ts";
import { requireTools } from "./host-tools.ts";
import { type ImageStorage, openImageStorage } from "./image-storage.ts";
import { bundlePrograms, programEntry } from "./node-programs.ts";
import { installedPackages } from "./npm-packages.ts";

const keptArchives = 3;

/** Prefix of the references of images that are not in a registry. */
export const localRegistry = "localhost/pulumi-iotedge";

/** An image that was built, or was in the cache. */
export interface BuiltImage {
  readonly name: string;
  /** `localhost/pulumi-iotedge/NAME:TAG`, the tag standing for the content. */
  readonly reference: string;
  /** A docker-archive (tar) that holds the image under that reference. */
  readonly archive: string;
  readonly unpackedBytes: number;
  readonly budgetBytes: number;
  readonly cached: boolean;
}

/**
 * Builds images, or takes them from the cache where one of the same content is there.
 *
 * @throws EDGE_IMAGES_* for anything that keeps an image from being built; those built before stay in the cache
 */
export async function buildImages(
  context: BuildContext,
  definitions: readonly ImageDefinition[],
): Promise<readonly BuiltImage[]> {
  if (process.platform !== "linux") throw imagesErrors.EDGE_IMAGES_PLATFORM({ platform: process.platform });
  await requireTools(context.toolbox, ["buildah", "gcc", "readelf", "strip", "dpkg-deb", "apt-get"]);
  await requireSpace(context.cache.directory);
  const programs = await programsOf(definitions);
  const bundles = await bundlePrograms(programs, await packagesOf(context, programs));
  const plans: ImagePlan[] = [];
  for (const definition of definitions)
    plans.push({ definition, content: await imageContent(context, definition, bundles) });
  return commitImages(context, plans);
}

/** An image and what is to be in it. */
export interface ImagePlan {
  readonly definition: Pick<ImageDefinition, "budgetBytes" | "config"> & { readonly name: string };
  readonly content: ImageContent;
}

/**
 * Commits images whose content is known already, where the cache does not hold them.
 *
 * @throws EDGE_IMAGES_BUDGET, EDGE_IMAGES_COMMAND_FAILED
 */
export async function commitImages(context: BuildContext, plans: readonly ImagePlan[]): Promise<readonly BuiltImage[]> {
  await using temporary = await context.cache.temporary();
  const commit = createCommitter(() => openImageStorage(context.toolbox, temporary));
  const built: BuiltImage[] = [];
  for (const plan of plans) built.push(await buildImage(context, plan, commit));
  return built;
}

async function programsOf(definitions: readonly ImageDefinition[]): Promise<string[]> {
  const programs = definitions.flatMap(({ name, program }) => (program === undefined ? [] : [{ name, program }]));
  for (const { name, program } of programs) {
    const entry = programEntry(program);
    await access(entry).catch(() => {
      throw imagesErrors.EDGE_IMAGES_INCOMPLETE({ name, entry });
    });
  }
  return programs.map(({ program }) => program);
}

/** Packages of the programs that have some of their own. */
async function packagesOf(context: BuildContext, programs: readonly string[]): Promise<string[]> {
  const directories: string[] = [];
  for (const program of programs) {
    const packages = await installedPackages(context, dirname(programEntry(program)));
    if (packages !== undefined) directories.push(packages);
  }
  return directories;
}

type Commit = (plan: ImagePlan, destination: string) => Promise<void>;

async function buildImage({ toolbox, cache }: BuildContext, plan: ImagePlan, commit: Commit): Promise<BuiltImage> {
  const { definition, content } = plan;
  const { name, budgetBytes } = definition;
  const entries = [...content.base, ...content.own];
  const bytes = await unpackedBytes(entries);
  if (bytes > budgetBytes) throw imagesErrors.EDGE_IMAGES_BUDGET({ name, bytes, budget: budgetBytes });
  const tag = await contentTag(entries, definition.config);
  const reference = `${localRegistry}/${name}:${tag}`;
  const archive = await cache.path("archives", `${name}-${tag}.tar`);
  const cached = (await stat(archive).catch(() => undefined)) !== undefined;
  if (cached) {
    const now = new Date();
    await utimes(archive, now, now);
  } else {
    toolbox.say(`building image ${reference} (${(bytes / 1e6).toFixed(1)} MB)`);
    await writeWhole(archive, (temporary) => commit(plan, `docker-archive:${temporary}:${reference}`));
    await removeOldArchives(dirname(archive), name);
  }
  return { name, reference, archive, unpackedBytes: bytes, budgetBytes, cached };
}

/** Commits images to one storage, opened with the first, so that a layer that several share is made once. */
function createCommitter(open: () => Promise<ImageStorage>): Commit {
  let storage: Promise<ImageStorage> | undefined;
  const bases = new Map<string, Promise<string>>();
  return async ({ definition: { config }, content: { base, own } }, destination) => {
    storage ??= open();
    const opened = await storage;
    if (base.length === 0) return opened.build({ entries: own, config, destination });
    const tag = await contentTag(base, { entrypoint: [], environment: {}, labels: {} });
    if (!bases.has(tag)) bases.set(tag, buildBase(opened, base, tag));
    const from = await bases.get(tag);
    return opened.build({ ...(from === undefined ? {} : { base: from }), entries: own, config, destination });
  };
}

async function buildBase(storage: ImageStorage, entries: readonly Entry[], tag: string): Promise<string> {
  const destination = `${localRegistry}/base:${tag}`;
  await storage.build({ entries, destination });
  return destination;
}

/** Keeps the last few archives of an image, by their last use. */
async function removeOldArchives(directory: string, name: string): Promise<void> {
  const pattern = new RegExp(`^${name}-[0-9a-f]{12}\\.tar$`);
  const names = (await readdir(directory)).filter((file) => pattern.test(file));
  const used = await Promise.all(
    names.map(async (file) => ({ file, at: (await stat(join(directory, file))).mtimeMs })),
  );
  const old = used.sort((a, b) => b.at - a.at).slice(keptArchives);
  await Promise.all(old.map(({ file }) => rm(join(directory, file), { force: true })));
}
