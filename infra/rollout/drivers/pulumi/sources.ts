import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defaultImagesFile } from "#contract";
import { checkOut, type Worktree } from "../../../rbac/index.ts";

/** The project as it was at a revision, with the image references of a run. */
export interface Sources extends AsyncDisposable {
  /** Directory of Pulumi.yaml. @param images file with the references; undefined: those that git has */
  at(revision: string, images: string | undefined): Promise<string>;
}

/** Checks each revision out once, beside the working tree. */
export function createSources(projectDirectory: string): Sources {
  const trees = new Map<string, Promise<Worktree>>();
  const open = async (revision: string, images: string | undefined) => {
    const tree = await checkOut(projectDirectory, revision, ["node_modules"]);
    if (images === undefined) return tree;
    const file = join(tree.directory, defaultImagesFile);
    await mkdir(dirname(file), { recursive: true });
    await copyFile(images, file);
    return tree;
  };
  return {
    at: async (revision, images) => {
      const key = `${revision} ${images ?? ""}`;
      const tree = trees.get(key) ?? open(revision, images);
      trees.set(key, tree);
      return (await tree).directory;
    },
    [Symbol.asyncDispose]: async () => {
      const opened = await Promise.allSettled(trees.values());
      trees.clear();
      for (const tree of opened) if (tree.status === "fulfilled") await tree.value[Symbol.asyncDispose]();
    },
  };
}
