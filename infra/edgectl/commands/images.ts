import { parseRegistry } from "../../image-copy/index.ts";
import { type CommandContext, type ExitCode, formatTable } from "../../terminal/index.ts";
import {
  type BuildFlags,
  type BuiltImage,
  buildImages,
  imagesFileOf,
  pushImages,
  updateImagesLock,
} from "../images.ts";
import { clusterLoad } from "./cluster.ts";

export interface ImagesFlags extends BuildFlags {
  readonly imagesFile?: string;
  readonly json: boolean;
}

/** `edgectl images build` */
export async function imagesBuild(flags: ImagesFlags, context: CommandContext): Promise<ExitCode> {
  await print(await build(flags, context), flags, context);
  return 0;
}

/** `edgectl images load` */
export async function imagesLoad(flags: ImagesFlags, context: CommandContext): Promise<ExitCode> {
  const images = await build(flags, context);
  await clusterLoad(
    images.map(({ archive }) => archive),
    context,
  );
  await print(images, flags, context);
  return 0;
}

/** `edgectl images push` */
export async function imagesPush(
  flags: ImagesFlags & { readonly registry: string; readonly insecure: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const file = flags.imagesFile ?? imagesFileOf(context.projectDirectory);
  const { signal, progress } = context;
  const registry = parseRegistry(flags.registry);
  const images = await progress.step(`Push images to ${registry}`, (tell) =>
    pushImages(file, { ...flags, registry }, { tell, signal }),
  );
  await print(images, flags, context);
  return 0;
}

/** `edgectl images update` */
export async function imagesUpdate(flags: { readonly json: boolean }, context: CommandContext): Promise<ExitCode> {
  const { signal, progress, output } = context;
  const update = await progress.step("Pin the newest packages", (tell) => updateImagesLock({ tell, signal }));
  if (flags.json) await output.json(update);
  else await output.write([...update.changes, `wrote ${update.file}`, ""].join("\n"));
  return 0;
}

function build(flags: ImagesFlags, context: CommandContext): Promise<readonly BuiltImage[]> {
  const file = flags.imagesFile ?? imagesFileOf(context.projectDirectory);
  const { signal, progress } = context;
  return progress.step("Build images", (tell) => buildImages(file, flags, { tell, signal }));
}

async function print(images: readonly BuiltImage[], flags: ImagesFlags, context: CommandContext): Promise<void> {
  if (flags.json) return context.output.json({ images });
  const rows = images.map(({ name, reference, unpackedBytes, budgetBytes }) => [
    name,
    megabytes(unpackedBytes),
    megabytes(budgetBytes),
    reference,
  ]);
  return context.output.write(formatTable(["IMAGE", "SIZE", "BUDGET", "REFERENCE"], rows));
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "-" : `${(bytes / 1e6).toFixed(1)} MB`;
}
