import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import Type from "typebox";
import { Value } from "typebox/value";
import { parseJson } from "#base";
import type { Entry } from "./content.ts";
import type { BuildContext } from "./context.ts";
import { filesOfPackage } from "./debian-packages.ts";
import type { DebianTree } from "./debian-tree.ts";
import { imagesErrors } from "./errors.ts";
import type { NodePackage } from "./node-package.ts";
import { type Architecture, architectures } from "./platform.ts";
import { resolveBelow } from "./shared-libraries.ts";
import type { ShippedPackage } from "./spdx.ts";

/**
 * Packages of Debian that entries of an image come from, with their copyright files.
 *
 * @throws EDGE_IMAGES_LICENCE_MISSING
 */
export async function shippedDebian(
  context: BuildContext,
  { root, packages }: DebianTree,
  entries: readonly Entry[],
  architecture: Architecture,
): Promise<readonly ShippedPackage[]> {
  const taken = new Set(entries.map(({ path }) => path));
  const shipped: ShippedPackage[] = [];
  for (const one of packages) {
    const files = await filesOfPackage(context, one);
    if (!files.some((file) => taken.has(file))) continue;
    const { name, version, sha256 } = one;
    const text = await copyrightOf(root, name);
    shipped.push({ type: "deb", name, version, architecture, sha256, text });
  }
  return shipped;
}

async function copyrightOf(root: string, name: string): Promise<string> {
  try {
    const directory = await resolveBelow(root, `/usr/share/doc/${name}`);
    return await readFile(join(directory, "copyright"), "utf8");
  } catch (cause) {
    throw imagesErrors.EDGE_IMAGES_LICENCE_MISSING({ name }, { cause });
  }
}

/** Node, with what is built into it. */
export function shippedNode({ version, licence }: NodePackage, architecture: Architecture): ShippedPackage {
  return { type: "npm", name: architectures[architecture].npmPackage, version, text: licence };
}

const ManifestSchema = Type.Object({
  name: Type.String(),
  version: Type.String(),
  license: Type.Optional(Type.String()),
});
/** What SPDX takes for a licence or several; anything else is told by its text. */
const expression = /^\(?[A-Za-z0-9.+-]+(?: (?:OR|AND|WITH) [A-Za-z0-9.+-]+)*\)?$/;

/** npm packages that a program was bundled from, by their directories. */
export async function shippedNpm(directories: readonly string[]): Promise<readonly ShippedPackage[]> {
  const shipped = new Map<string, ShippedPackage>();
  for (const directory of directories) {
    const manifest = parseJson(await readFile(join(directory, "package.json"), "utf8"));
    if (!Value.Check(ManifestSchema, manifest)) throw imagesErrors.EDGE_IMAGES_LICENCE_MISSING({ name: directory });
    const { name, version, license = "" } = manifest;
    const file = (await readdir(directory)).sort().find((entry) => /^(licen[cs]e|copying)(\.|-|$)/i.test(entry));
    const licence = expression.test(license) ? license.replace(/^\((.*)\)$/, "$1") : undefined;
    const text = file === undefined ? undefined : await readFile(join(directory, file), "utf8");
    if (licence === undefined && text === undefined) throw imagesErrors.EDGE_IMAGES_LICENCE_MISSING({ name });
    shipped.set(`${name}@${version}`, {
      type: "npm",
      name,
      version,
      ...(licence === undefined ? {} : { licence }),
      ...(text === undefined ? {} : { text }),
    });
  }
  return [...shipped.values()];
}
