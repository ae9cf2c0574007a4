import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Toolbox } from "./command.ts";
import { imagesErrors } from "./errors.ts";

/** Programs that building images runs, with the Debian package of each. */
const packages = {
  gcc: "gcc libc6-dev",
  gzip: "gzip",
  readelf: "binutils",
  skopeo: "skopeo",
  tar: "tar",
  "dpkg-deb": "dpkg",
  "apt-get": "apt",
  npm: "npm",
} as const;

export type HostTool = keyof typeof packages;

/**
 * Makes sure that the programs are there. Missing ones are installed where that is possible, and the user is told.
 *
 * @throws EDGE_IMAGES_TOOL_MISSING when the user is not root, or this is not a Debian machine
 */
export async function requireTools(toolbox: Toolbox, tools: readonly HostTool[]): Promise<void> {
  const missing: HostTool[] = [];
  for (const tool of tools) if (!(await isOnPath(tool))) missing.push(tool);
  const [first] = missing;
  if (first === undefined) return;
  if (process.getuid?.() !== 0 || !(await isOnPath("apt-get")))
    throw imagesErrors.EDGE_IMAGES_TOOL_MISSING({ tool: first, package: packages[first] });
  await install(toolbox, [...new Set(missing.flatMap((tool) => packages[tool].split(" ")))]);
}

async function install(toolbox: Toolbox, names: readonly string[]): Promise<void> {
  toolbox.say(`installing Debian packages: ${names.join(" ")}`);
  await toolbox.run("apt-get", ["update", "-q"]);
  await toolbox.run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...names], {
    environment: { DEBIAN_FRONTEND: "noninteractive" },
  });
}

async function isOnPath(program: string): Promise<boolean> {
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    const found = await access(join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
