import { execFileSync } from "node:child_process";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { elfMachine } from "../../../runtime/images/elf.ts";
import type { Registry } from "../../support/registry.ts";

/** What of manifests and indexes tests read. */
export interface Manifest {
  readonly manifests: readonly {
    readonly digest: string;
    readonly artifactType?: string;
    readonly platform: { readonly architecture: string };
  }[];
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
  readonly subject?: { readonly digest: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A file of an image. */
export interface ImageFile {
  readonly path: string;
  readonly mode: number;
  /** `-`, `d` or `l`. */
  readonly type: string;
  /** `user/group` in numbers. */
  readonly owner: string;
  /** Number of the machine that it is a program or library of. */
  readonly machine: number | undefined;
}

const accept = ["index", "manifest"].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(", ");

export async function manifestAt(registry: Registry, repository: string, reference: string): Promise<Manifest> {
  const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${reference}`, {
    headers: { accept },
  });
  if (!answer.ok) throw new Error(`the registry answers ${answer.status} for ${repository} ${reference}`);
  return answer.json() as Promise<Manifest>;
}

export async function blobAt(registry: Registry, repository: string, digest: string): Promise<Buffer> {
  const answer = await fetch(`http://${registry.host}/v2/${repository}/blobs/${digest}`);
  if (!answer.ok) throw new Error(`the registry answers ${answer.status} for ${repository} ${digest}`);
  return Buffer.from(await answer.arrayBuffer());
}

/**
 * Unpacks an image of a registry for one platform, and lists its files as the layers name them.
 *
 * @param root where it is unpacked to
 */
export async function filesOfImage(
  registry: Registry,
  repository: string,
  digest: string,
  architecture: string,
  root: string,
): Promise<{ readonly files: readonly ImageFile[]; readonly config: { readonly architecture: string } }> {
  const index = await manifestAt(registry, repository, digest);
  const found = index.manifests.find(({ platform }) => platform.architecture === architecture);
  const manifest = await manifestAt(registry, repository, found?.digest ?? "");
  const files: ImageFile[] = [];
  for (const layer of manifest.layers) {
    const archive = join(root, "..", "layer.tar.gz");
    await writeFile(archive, await blobAt(registry, repository, layer.digest));
    execFileSync("tar", ["-xzf", archive, "-C", root, "--no-same-owner"]);
    const listing = execFileSync("tar", ["--numeric-owner", "-tvzf", archive], { encoding: "utf8" });
    for (const line of listing.trimEnd().split("\n")) files.push(await imageFile(root, line));
  }
  const config = JSON.parse((await blobAt(registry, repository, manifest.config.digest)).toString());
  return { files, config };
}

async function imageFile(root: string, line: string): Promise<ImageFile> {
  const [permissions = "", owner = "", , , , name = ""] = line.split(/\s+/);
  const path = name.replace(/^\./, "").replace(/(?<=.)\/$/, "");
  const type = permissions[0] ?? "";
  const machine = type === "-" ? elfMachine(await startOf(join(root, path))) : undefined;
  return { path, mode: modeOf(permissions), type, owner, machine };
}

/** The number of permissions such as `-rwxr-xr-t`. */
function modeOf(permissions: string): number {
  const bits = [...permissions.slice(1)].map((letter) => (/[-T]/.test(letter) ? "0" : "1")).join("");
  return Number.parseInt(bits, 2) + (/[tT]$/.test(permissions) ? 0o1000 : 0);
}

async function startOf(file: string): Promise<Buffer> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
  return buffer.subarray(0, bytesRead);
}
