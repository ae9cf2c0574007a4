import { readFile, stat } from "node:fs/promises";
import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import { isJsonObject, parseJson, writeAtomically } from "#base";
import { dataKeys, ImagesSchema, objectNames } from "#contract";
import { render } from "../../deploy/index.ts";
import {
  type CopiedImage,
  type CopyOptions,
  imageCopyErrors,
  imageList,
  loadImages,
  mirrorImages,
  type NamedImage,
  nameImage,
  parseNamedImage,
  parseRegistry,
  placeImages,
  saveImages,
} from "../../image-copy/index.ts";
import { loadProject, readStackImages } from "../../render/index.ts";
import { type CommandContext, type ExitCode, formatTable, terminalErrors } from "../../terminal/index.ts";

interface SourceFlags {
  readonly stack?: string;
  readonly from?: string;
  readonly image: readonly string[];
  readonly insecureSource: boolean;
}
interface TargetFlags {
  readonly imagesFile?: string;
  readonly insecure: boolean;
}
export type SaveFlags = SourceFlags & { readonly out: string; readonly json: boolean };
export type LoadFlags = TargetFlags & { readonly registry?: string; readonly json: boolean };
export type MirrorFlags = SourceFlags & TargetFlags & { readonly registry: string; readonly json: boolean };

/** What `edgectl images save`, `load` and `mirror` print with `--json`. */
export const CopiedImagesSchema = Type.Object(
  {
    place: Type.String({ description: "Where they are now: a file, a folder, or a registry." }),
    images: Type.Array(
      Type.Object(
        {
          key: Type.String({ description: "As stacks name it: iotedged, edgeAgent, proxy, modules.KEY." }),
          reference: Type.String({ description: "Where it is now, by its digest; after save: where it was." }),
          digest: Type.String(),
        },
        { additionalProperties: false },
      ),
    ),
  },
  {
    additionalProperties: false,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "edgectl images save, load, mirror",
  },
);
type CopiedImages = Static<typeof CopiedImagesSchema>;

const maxListBytes = 1024 * 1024;

/** `edgectl images save` */
export async function imagesSave(flags: SaveFlags, context: CommandContext): Promise<ExitCode> {
  const images = placeImages(await sourcesOf(flags, context), nothingNamed);
  const saved = await context.progress.step(`Save ${images.length} images`, (tell) =>
    saveImages(images, flags.out, optionsOf(flags, context, tell)),
  );
  return print(flags.out, saved, flags.json, context);
}

/** `edgectl images load PATH` */
export async function imagesLoadSaved(path: string, flags: LoadFlags, context: CommandContext): Promise<ExitCode> {
  if (flags.registry === undefined) {
    const problem = "--registry is needed: where shall the images be brought to?";
    throw terminalErrors.EDGE_CLI_USAGE({ problem, command: "images load " });
  }
  const registry = parseRegistry(flags.registry);
  const loaded = await context.progress.step(`Load images into ${registry}`, (tell) =>
    loadImages(path, registry, optionsOf(flags, context, tell)),
  );
  await writeList(flags.imagesFile, loaded);
  return print(registry, loaded, flags.json, context);
}

/** `edgectl images mirror` */
export async function imagesMirror(flags: MirrorFlags, context: CommandContext): Promise<ExitCode> {
  const registry = parseRegistry(flags.registry);
  const images = placeImages(await sourcesOf(flags, context), nothingNamed);
  const mirrored = await context.progress.step(`Mirror ${images.length} images to ${registry}`, (tell) =>
    mirrorImages(images, registry, optionsOf(flags, context, tell)),
  );
  await writeList(flags.imagesFile, mirrored);
  return print(registry, mirrored, flags.json, context);
}

const nothingNamed = "Neither --stack nor --from nor --image names one.";

async function sourcesOf(flags: SourceFlags, context: CommandContext): Promise<readonly NamedImage[]> {
  const listed = flags.from === undefined ? [] : await imagesOfFile(flags.from);
  const declared = flags.stack === undefined ? [] : await imagesOfStack(flags.stack, context);
  const images = [...listed, ...declared, ...flags.image.map(parseNamedImage)];
  // What is named last counts: a single image instead of that of a list.
  return [...new Map(images.map((image) => [image.key, image])).values()];
}

async function imagesOfFile(file: string): Promise<readonly NamedImage[]> {
  const failed = (problem: string) => imageCopyErrors.EDGE_COPY_NOTHING({ problem: `${file} ${problem}.` });
  const size = await stat(file).then(
    (status) => status.size,
    () => undefined,
  );
  if (size === undefined) throw failed("is not there");
  const list = size > maxListBytes ? undefined : parseJson(await readFile(file, "utf8"));
  if (!Check(ImagesSchema, list)) throw failed("is no list of images");
  const { modules = {}, ...daemons } = list;
  return [
    ...Object.entries(daemons).map(([key, reference]) => nameImage(key, reference)),
    ...Object.entries(modules).map(([key, reference]) => nameImage(`modules.${key}`, reference)),
  ];
}

/** Those that the stack lists, and those that its deployment manifests name beside them, by the module's id. */
async function imagesOfStack(stack: string, context: CommandContext): Promise<readonly NamedImage[]> {
  const { references } = await readStackImages(await loadProject(context.projectDirectory, stack));
  const rendered = await render(context, stack, { preview: true, keptState: false, quiet: true });
  const known = new Set(Object.values(references));
  const manifests = rendered
    .filter(({ object }) => object.kind === "ConfigMap" && object.metadata.name === objectNames.deployment)
    .map(({ object }) => (object.data as Readonly<Record<string, string>>)[dataKeys.deployment]);
  const others = manifests
    .flatMap((manifest) => moduleImages(parseJson(manifest)))
    .filter(([, reference]) => !known.has(reference));
  return [
    ...Object.entries(references).map(([key, reference]) => nameImage(key, reference)),
    ...others.map(([id, reference]) => nameImage(`modules.${id}`, reference)),
  ];
}

/** The images of a manifest's modules by their ids, at whatever depth its sections are. */
function moduleImages(value: unknown): readonly (readonly [id: string, reference: string])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([id, item]) => {
    const image = isJsonObject(item) && isJsonObject(item.settings) ? item.settings.image : undefined;
    return typeof image === "string" ? [[id, image] as const] : moduleImages(item);
  });
}

function optionsOf(flags: Partial<SourceFlags & TargetFlags>, { signal }: CommandContext, tell: CopyOptions["tell"]) {
  const { insecure = false, insecureSource = false } = flags;
  return { insecure, insecureSource, tell, signal };
}

async function writeList(file: string | undefined, images: readonly CopiedImage[]): Promise<void> {
  if (file === undefined) return;
  const list = imageList(images);
  if (list === undefined) {
    throw imageCopyErrors.EDGE_COPY_NOTHING({
      problem: `The images have arrived, but ${file} needs those of iotedged, edgeAgent and proxy, too.`,
    });
  }
  await writeAtomically(file, `${JSON.stringify(list, null, 2)}\n`).catch((cause: NodeJS.ErrnoException) => {
    throw terminalErrors.EDGE_CLI_OUTPUT({ file, problem: cause.code ?? cause.message }, { cause });
  });
}

async function print(
  place: string,
  images: readonly CopiedImage[],
  json: boolean,
  { output }: CommandContext,
): Promise<ExitCode> {
  if (json) await output.json({ place, images: [...images] } satisfies CopiedImages);
  else {
    const rows = images.map(({ key, reference, digest }) => [key, reference.replace(/@sha256:.*/, ""), digest]);
    await output.write(formatTable(["IMAGE", "REFERENCE", "DIGEST"], rows));
  }
  return 0;
}
