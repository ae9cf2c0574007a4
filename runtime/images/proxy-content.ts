import { join } from "node:path";
import { configurationFiles, imageLayout } from "../proxy/index.ts";
import type { Entry } from "./content.ts";
import type { BuildContext } from "./context.ts";
import type { DebianTree } from "./debian-tree.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { systemFiles } from "./system-files.ts";

/** The proxy's files: HAProxy of Debian, the libraries that it needs, and this project's configuration of it. */
export async function proxyContent({ toolbox }: BuildContext, debian: DebianTree): Promise<readonly Entry[]> {
  const { configDirectory, haproxy } = imageLayout;
  const program = { path: haproxy, file: join(debian.root, haproxy) };
  const files = await configurationFiles();
  return [
    ...systemFiles,
    ...(await sharedLibraries(toolbox, debian.root, [program])),
    { ...program, mode: 0o755 },
    ...files.map(({ name, file }) => ({ path: `${configDirectory}/${name}`, mode: 0o644, file })),
  ];
}
