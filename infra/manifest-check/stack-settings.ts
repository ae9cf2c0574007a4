import { isJsonObject, type Json, parseJson } from "#base";
import { dataKeys, defaultImagesFile, type ModuleSettings, objectNames } from "#contract";
import { loadProject, renderStack } from "../render/index.ts";
import { manifestCheckErrors } from "./errors.ts";

const key = "iotedge:installations";
/** What is judged is the same with any, and there may be none yet. */
const noImages = {
  "iotedge:images": { iotedged: "iotedged", edgeAgent: "edge-agent", proxy: "proxy" },
  "iotedge:imagesFile": defaultImagesFile,
};
const ownManifest = ["deployment", "deploymentFile", "deploymentLayers"];

/**
 * What each installation of a stack lets its modules have: as EdgeAgent would read it in the cluster.
 *
 * @param only name of the one that is asked for
 */
export async function settingsOfStack(
  projectDirectory: string,
  stack: string,
  only: string | undefined,
): Promise<ReadonlyMap<string, ModuleSettings>> {
  const { objects } = await renderStack({
    projectDirectory,
    stack,
    preview: true,
    overrides: { ...(await withoutManifests(projectDirectory, stack)), ...noImages },
  });
  const settings = new Map<string, ModuleSettings>();
  for (const { object } of objects) {
    if (object.kind !== "ConfigMap" || object.metadata.name !== objectNames.agentConfig) continue;
    const { data } = object as { readonly data?: Readonly<Record<string, string>> };
    const { modules } = parseJson(data?.[dataKeys.agentConfig]) as { readonly modules: ModuleSettings };
    settings.set(object.metadata.namespace ?? "default", modules);
  }
  if (only === undefined) return settings;
  const found = settings.get(only);
  if (found !== undefined) return new Map([[only, found]]);
  const known = [...settings.keys()].join(", ") || "none";
  throw manifestCheckErrors.EDGE_MANIFEST_NO_INSTALLATION({ stack, installation: only, known });
}

/** The stack with no manifests of its own: it would be refused as a whole for one that is just to be judged. */
async function withoutManifests(projectDirectory: string, stack: string): Promise<Readonly<Record<string, Json>>> {
  const { config } = await loadProject(projectDirectory, stack);
  const written = parseJson(config.get(key));
  if (!Array.isArray(written)) return {};
  const installations = written.map((installation: Json) => {
    if (!isJsonObject(installation)) return installation;
    return Object.fromEntries(Object.entries(installation).filter(([name]) => !ownManifest.includes(name)));
  });
  return { [key]: installations };
}
