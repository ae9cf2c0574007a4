import { symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bundlePrograms, programEntry } from "../../../runtime/images/node-programs.ts";
import { installedPackages } from "../../../runtime/images/npm-packages.ts";
import { testBuildContext } from "../../support/python/python.ts";

/** Writes the sample as its image has it, `main.mjs`, and its packages beside it. */
export async function writeSample(directory: string): Promise<void> {
  const packages = await installedPackages(testBuildContext(), dirname(programEntry("sample-module")));
  const bundles = await bundlePrograms(["sample-module"], packages === undefined ? [] : [packages]);
  await writeFile(join(directory, "main.mjs"), bundles.get("sample-module") ?? "");
  await symlink(packages ?? "", join(directory, "node_modules"));
}
