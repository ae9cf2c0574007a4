import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadImage } from "../../../infra/local-cluster/load-image.ts";
import { clusterStatus } from "../../../infra/local-cluster/status.ts";
import { type TarEntry, tarArchive } from "../../../runtime/base/tar.ts";
import { progress } from "../../support/progress.ts";
import { runProgram } from "../../support/run-program.ts";

/** An image of one program that listens. */
export interface ListenerImage {
  readonly reference: string;
  /** As its Dockerfile would have it; none is root. */
  readonly user?: string;
  /** Where the program is beside `/listener`, each without the slash at its beginning. */
  readonly copies?: readonly string[];
  /** Whether the program's file has capability NET_BIND_SERVICE, as those of the public hub have. */
  readonly hasFileCapability?: boolean;
}

/** Compiles the program once, and loads images of it into the cluster. */
export async function loadListeners(directory: string, images: readonly ListenerImage[]): Promise<void> {
  const program = join(directory, "listener");
  const source = join(import.meta.dirname, "listener.c");
  const compiled = await runProgram("gcc", ["-Os", "-static", "-s", "-o", program, source]);
  if (compiled.code !== 0) throw new Error(compiled.stderr);
  const { cluster } = await clusterStatus();
  if (cluster === undefined) throw new Error("there is no local cluster");
  for (const [index, image] of images.entries()) {
    const archive = join(directory, `${index}.tar`);
    await writeFile(archive, archiveOf(image, await readFile(program)));
    await loadImage(cluster, archive, { progress });
  }
}

function archiveOf({ reference, user, hasFileCapability, copies = [] }: ListenerImage, program: Uint8Array): Buffer {
  const files = tarArchive(["listener", ...copies].map((path) => ({ path, content: program, mode: 0o755 })));
  const layer = hasFileCapability ? Buffer.concat([capabilityHeader(), files]) : files;
  const config = {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Entrypoint: ["/listener"], ...(user === undefined ? {} : { User: user }) },
    rootfs: { type: "layers", diff_ids: [`sha256:${createHash("sha256").update(layer).digest("hex")}`] },
  };
  const manifest = [{ Config: "config.json", RepoTags: [reference], Layers: ["layer.tar"] }];
  const json = (path: string, value: unknown): TarEntry => ({
    path,
    content: Buffer.from(JSON.stringify(value)),
    mode: 0o644,
  });
  const content = { path: "layer.tar", content: layer, mode: 0o644 };
  return tarArchive([json("config.json", config), content, json("manifest.json", manifest)]);
}

/** Extended header of tar (POSIX pax) that gives the next file `cap_net_bind_service=+ep` (capability.h, version 2). */
function capabilityHeader(): Buffer {
  const value = Buffer.alloc(20);
  value.writeUInt32LE(0x0200_0001, 0);
  value.writeUInt32LE(1 << 10, 4);
  const text = Buffer.concat([Buffer.from(" SCHILY.xattr.security.capability="), value, Buffer.from("\n")]);
  const record = Buffer.concat([Buffer.from(String(text.length + 2)), text]);
  const endOfArchive = 1024;
  const archive = tarArchive([{ path: "pax", content: record, mode: 0o644 }]);
  const header = Buffer.from(archive.subarray(0, archive.length - endOfArchive));
  header.write("x", 156, "latin1");
  header.fill(" ", 148, 156);
  const checksum = header.subarray(0, 512).reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
