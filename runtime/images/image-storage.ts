import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { TemporaryDirectory } from "./cache.ts";
import type { Toolbox } from "./command.ts";
import { type Entry, type ImageConfig, writeEntries } from "./content.ts";
import { imageUser } from "./system-files.ts";

/** What an image is committed from. */
export interface ImageBuild {
  /** Reference of an image in the same storage that this one adds a layer to. */
  readonly base?: string;
  readonly entries: readonly Entry[];
  readonly config?: ImageConfig;
  /** A reference in the storage, or `docker-archive:FILE:REFERENCE`. */
  readonly destination: string;
}

/** An image storage of buildah's, apart from the user's own, that lives in a temporary directory. */
export interface ImageStorage {
  /** Makes an image without running anything in it. Equal input gives equal layers: all times are zero. */
  build(image: ImageBuild): Promise<void>;
  /** Runs buildah on the storage. */
  buildah(args: readonly string[]): Promise<string>;
}

export async function openImageStorage(toolbox: Toolbox, directory: TemporaryDirectory): Promise<ImageStorage> {
  const buildah = await withDriver(toolbox, directory.path);
  let builds = 0;
  return {
    buildah,
    async build({ base, entries, config, destination }) {
      const stage = join(directory.path, `stage-${builds++}`);
      await mkdir(stage, { mode: 0o755 });
      await writeEntries(stage, entries);
      const container = (await buildah(["from", "--pull-never", base ?? "scratch"])).trim();
      await buildah(["add", "--quiet", "--chown", "0:0", container, `${stage}/`, "/"]);
      if (config !== undefined) await buildah(["config", ...configArguments(config), container]);
      await buildah(["commit", "--quiet", "--timestamp", "0", container, destination]);
      await buildah(["rm", container]);
    },
  };
}

/** overlay shares layers between images; vfs copies them, but works on every file system. */
async function withDriver(toolbox: Toolbox, directory: string): Promise<ImageStorage["buildah"]> {
  const driver = (name: string) => (args: readonly string[]) => {
    const storage = [
      "--root",
      join(directory, name),
      "--runroot",
      join(directory, `${name}-run`),
      "--storage-driver",
      name,
    ];
    return toolbox.run("buildah", [...storage, ...args]);
  };
  const overlay = driver("overlay");
  return overlay(["info"]).then(
    () => overlay,
    () => driver("vfs"),
  );
}

function configArguments({ entrypoint, environment, labels, stopSignal }: ImageConfig): string[] {
  return [
    ...["--user", imageUser],
    ...["--entrypoint", JSON.stringify(entrypoint)],
    ...Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]),
    ...(stopSignal === undefined ? [] : ["--stop-signal", stopSignal]),
  ];
}
