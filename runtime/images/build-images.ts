import { access, mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { requireSpace, type TemporaryDirectory, writeWhole } from "./cache.ts";
import { type ImageContent, type ImageDefinition, type ImageParts, imageContent, imageParts } from "./catalog.ts";
import { combinedTag, contentTag, unpackedBytes } from "./content.ts";
import type { BuildContext } from "./context.ts";
import { requireArchitecture } from "./elf.ts";
import { imagesErrors } from "./errors.ts";
import { requireTools } from "./host-tools.ts";
import { archivedImages, packLayout, writeLayout } from "./image-archive.ts";
import { writeImageFiles } from "./image-files.ts";
import { cachedLayer, makeLayer } from "./layer.ts";
import { type Bundle, bundlesOf, programEntry } from "./node-programs.ts";
import { installedPackages } from "./npm-packages.ts";
import { type Annotations, type Descriptor, imageIndex, type PlatformImage, platformImage } from "./oci-image.ts";
import { readPackagesLock } from "./packages-lock.ts";
import { type Architecture, architectures, machineArchitecture, platformName } from "./platform.ts";
import { licenceExpression, spdxDocument } from "./spdx.ts";

const keptArchives = 3;

/** Prefix of the references of images that are not in a registry. */
export const localRegistry = "localhost/pulumi-iotedge";

/** An image that was built, or was in the cache. */
export interface BuiltImage {
  readonly name: string;
  /** `localhost/pulumi-iotedge/NAME:TAG`, the tag standing for the content. */
  readonly reference: string;
  /** A tar file that holds the image under that reference, as an OCI layout and as a docker-archive. */
  readonly archive: string;
  /** Digest of its index: the same in every registry. */
  readonly digest: string;
  /** Such as `linux/amd64`. */
  readonly platforms: readonly string[];
  /** Of the largest platform. */
  readonly unpackedBytes: number;
  readonly budgetBytes: number;
  readonly cached: boolean;
  /** What it consists of, by platform. */
  readonly sboms: readonly Sbom[];
}

/** A list of what an image consists of, in SPDX, as a file beside its archive. */
export interface Sbom {
  readonly platform: string;
  readonly file: string;
  /** The manifest that it is about. */
  readonly subject: Descriptor;
}

/** What images are built for. */
export interface BuildOptions {
  /** @default the machine's own */
  readonly architectures?: readonly Architecture[];
  readonly annotations?: Annotations;
  /** Of this project. */
  readonly version: string;
  /** Directory that gets the files of each image as well, in a directory of its name; for one architecture. */
  readonly files?: string;
}

/**
 * Builds images, or takes them from the cache where one of the same content is there.
 *
 * @throws EDGE_IMAGES_* for anything that keeps an image from being built; those built before stay in the cache
 */
export async function buildImages(
  context: BuildContext,
  definitions: readonly ImageDefinition[],
  options: BuildOptions,
): Promise<readonly BuiltImage[]> {
  if (process.platform !== "linux") throw imagesErrors.EDGE_IMAGES_PLATFORM({ platform: process.platform });
  await requireTools(context.toolbox, ["tar", "gzip", "readelf", "dpkg-deb", "apt-get", "npm"]);
  await requireSpace(context.cache.directory);
  const bundles = await bundleAll(context, await programsOf(definitions));
  const lock = await readPackagesLock();
  const parts: ImageParts[] = [];
  for (const architecture of options.architectures ?? [machineArchitecture()])
    parts.push(await imageParts(context, lock, architecture, definitions));
  const plans: ImagePlan[] = [];
  for (const definition of definitions) {
    const contents = new Map<Architecture, ImageContent>();
    for (const part of parts) contents.set(part.architecture, await imageContent(context, definition, part, bundles));
    plans.push({ definition, contents });
  }
  if (options.files !== undefined) await writeImageFiles(plans, options.files);
  return commitImages(context, plans, options);
}

/** An image and what is to be in it. */
export interface ImagePlan {
  readonly definition: Pick<ImageDefinition, "budgetBytes" | "config"> & { readonly name: string };
  readonly contents: ReadonlyMap<Architecture, ImageContent>;
}

/**
 * Writes images whose content is known already, where the cache does not hold them.
 *
 * @throws EDGE_IMAGES_BUDGET, EDGE_IMAGES_ARCHITECTURE, EDGE_IMAGES_COMMAND_FAILED
 */
export async function commitImages(
  context: BuildContext,
  plans: readonly ImagePlan[],
  options: Omit<BuildOptions, "architectures"> = { version: "0.0.0" },
): Promise<readonly BuiltImage[]> {
  await using temporary = await context.cache.temporary();
  const built: BuiltImage[] = [];
  for (const plan of plans) built.push(await buildImage(context, plan, options, temporary));
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

/** The programs, those with packages of their own apart: these are found beside no other. */
async function bundleAll(context: BuildContext, programs: readonly string[]): Promise<ReadonlyMap<string, Bundle>> {
  const bundles = new Map<string, Bundle>();
  const plain: string[] = [];
  for (const program of programs) {
    const packages = await installedPackages(context, dirname(programEntry(program)));
    if (packages === undefined) plain.push(program);
    else for (const [name, bundle] of await bundlesOf([program], [packages])) bundles.set(name, bundle);
  }
  return new Map([...bundles, ...(await bundlesOf(plain))]);
}

async function buildImage(
  context: BuildContext,
  plan: ImagePlan,
  options: Omit<BuildOptions, "architectures">,
  temporary: TemporaryDirectory,
): Promise<BuiltImage> {
  const { toolbox, cache } = context;
  const { definition, contents } = plan;
  const annotations = annotationsOf(plan, options);
  const { name, budgetBytes, config } = definition;
  const tags: string[] = [];
  let bytes = 0;
  for (const [architecture, { base, own }] of contents) {
    const entries = [...base, ...own];
    await requireArchitecture(entries, architecture);
    bytes = Math.max(bytes, await unpackedBytes(entries));
    tags.push(architecture, await contentTag(base, config), await contentTag(own, config));
  }
  if (bytes > budgetBytes) throw imagesErrors.EDGE_IMAGES_BUDGET({ name, bytes, budget: budgetBytes });
  const tag = combinedTag([tags, Object.entries(annotations).sort()]);
  const reference = `${localRegistry}/${name}:${tag}`;
  const platforms = [...contents.keys()].map(platformName);
  const archive = await cache.path("archives", `${name}-${tag}.tar`);
  const cached = (await stat(archive).catch(() => undefined)) !== undefined;
  if (cached) {
    const now = new Date();
    await utimes(archive, now, now);
  } else {
    toolbox.say(`building image ${reference} for ${platforms.join(", ")} (${(bytes / 1e6).toFixed(1)} MB)`);
    const directory = join(temporary.path, name);
    const images: PlatformImage[] = [];
    for (const [architecture, content] of contents)
      images.push(await makePlatformImage(context, plan, architecture, content, annotations, directory));
    const layout = join(directory, "layout");
    await writeLayout(layout, imageIndex(images, annotations), images, reference);
    await writeWhole(archive, (draft) => packLayout(toolbox, layout, draft));
    await rm(directory, { recursive: true });
    await removeOldArchives(dirname(archive), name);
  }
  const { digest, manifests } = await archivedImages(toolbox, archive);
  const sboms = await writeSboms(plan, options.version, archive, manifests);
  return { name, reference, archive, digest, platforms, unpackedBytes: bytes, budgetBytes, cached, sboms };
}

/** What registries and scanners show of an image; its files are from no other image. */
function annotationsOf({ definition, contents }: ImagePlan, options: Omit<BuildOptions, "architectures">): Annotations {
  const shipped = [...contents.values()].flatMap((content) => content.shipped ?? []);
  const title = definition.config.labels["org.opencontainers.image.title"];
  return {
    ...(title === undefined ? {} : { "org.opencontainers.image.title": title }),
    ...(shipped.length === 0 ? {} : { "org.opencontainers.image.licenses": licenceExpression(shipped) }),
    "org.opencontainers.image.version": options.version,
    "org.opencontainers.image.base.name": "scratch",
    ...options.annotations,
  };
}

async function writeSboms(
  { definition, contents }: ImagePlan,
  version: string,
  archive: string,
  manifests: readonly Descriptor[],
): Promise<readonly Sbom[]> {
  const sboms: Sbom[] = [];
  for (const [architecture, { shipped }] of contents) {
    const subject = manifests.find(({ platform }) => platform?.architecture === architecture);
    if (shipped === undefined || subject === undefined) continue;
    const { digest } = subject;
    const document = spdxDocument({ image: definition.name, architecture, digest, version }, shipped);
    const file = archive.replace(/\.tar$/, `.${architecture}.spdx.json`);
    await writeWhole(file, (draft) => writeFile(draft, `${JSON.stringify(document, null, 1)}\n`));
    sboms.push({ platform: platformName(architecture), file, subject });
  }
  return sboms;
}

async function makePlatformImage(
  context: BuildContext,
  { definition }: ImagePlan,
  architecture: Architecture,
  { base, own }: ImageContent,
  annotations: Annotations,
  directory: string,
): Promise<PlatformImage> {
  const place = join(directory, architecture);
  await mkdir(place, { recursive: true });
  const shared = base.length === 0 ? [] : [await cachedLayer(context, base)];
  const layer = await makeLayer(context.toolbox, own, place);
  return platformImage(architecture, [...shared, layer], definition.config, annotations);
}

/** Keeps the last few archives of an image, by their last use. */
async function removeOldArchives(directory: string, name: string): Promise<void> {
  const pattern = new RegExp(`^${name}-[0-9a-f]{12}\\.tar$`);
  const names = (await readdir(directory)).filter((file) => pattern.test(file));
  const used = await Promise.all(
    names.map(async (file) => ({ file, at: (await stat(join(directory, file))).mtimeMs })),
  );
  const old = used.sort((a, b) => b.at - a.at).slice(keptArchives);
  const besides = Object.keys(architectures).map((architecture) => `.${architecture}.spdx.json`);
  const files = old.flatMap(({ file }) => [file, ...besides.map((suffix) => file.replace(/\.tar$/, suffix))]);
  await Promise.all(files.map((file) => rm(join(directory, file), { force: true })));
}
