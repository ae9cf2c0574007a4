import { join } from "node:path";
import { configurationFiles, imageLayout } from "../proxy/index.ts";
import type { Entry } from "./content.ts";
import type { BuildContext } from "./context.ts";
import { unpackPackages } from "./debian-packages.ts";
import { packageSources, readOsRelease } from "./package-sources.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { systemFiles } from "./system-files.ts";

/** Debian's package of HAProxy, which has Lua and the exporter for Prometheus built in. */
const packages = ["haproxy"];

/** The proxy's files: HAProxy of Debian, the libraries that it needs, and this project's configuration of it. */
export async function proxyContent(context: BuildContext): Promise<readonly Entry[]> {
  const sources = await packageSources(context.cache, await readOsRelease());
  const tree = await unpackPackages({ ...context, sources }, packages);
  const { configDirectory, haproxy } = imageLayout;
  const files = await configurationFiles();
  return [
    ...systemFiles,
    ...(await sharedLibraries(context.toolbox, tree, [haproxy])),
    { path: haproxy, mode: 0o755, file: join(tree, haproxy) },
    ...files.map(({ name, file }) => ({ path: `${configDirectory}/${name}`, mode: 0o644, file })),
  ];
}
