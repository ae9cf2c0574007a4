import { realpath } from "node:fs/promises";
import { renderStack, toManifest } from "../../render/index.ts";
import { Collector } from "../collect/collector.ts";
import { checkOut } from "./git-worktree.ts";
import { onlyCluster, type Source } from "./source.ts";

/** What a rendering needs and a checkout lacks: dependencies, and the image list, which does not bear on permissions. */
const outsideGit = ["node_modules", ".edge/images.json"];

/**
 * Renders a stack of the project and takes its objects.
 *
 * @param ref git revision of the program and its configuration; undefined: the working tree as it is
 * @throws errors of `renderStack`, EDGE_RBAC_GIT_REF_UNKNOWN, EDGE_RBAC_GIT_FAILED
 */
export async function readStack(projectDirectory: string, stack: string, ref?: string): Promise<Source> {
  const project = await realpath(projectDirectory);
  if (ref === undefined) return { title: `stack ${stack}`, clusters: [await render(project, stack)] };
  await using tree = await checkOut(project, ref, outsideGit);
  return { title: `stack ${stack} at ${ref}`, clusters: [await render(tree.directory, stack)] };
}

async function render(projectDirectory: string, stack: string) {
  const { objects } = await renderStack({ projectDirectory, stack, preview: true, keptState: false });
  const collector = new Collector({ cluster: onlyCluster });
  for (const rendered of objects) {
    const { urn } = rendered;
    collector.add(toManifest(rendered), { origin: { urn }, identity: `${projectDirectory} ${urn}` });
  }
  return collector.objects();
}
