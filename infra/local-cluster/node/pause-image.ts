import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tarArchive } from "#base";
import type { Layout } from "../layout.ts";
import { importImage } from "./containerd-client.ts";

/** Reference of the image of every pod's sandbox. */
export const pauseImage = "localhost/edge-pause:1";

/** Makes the sandbox image and loads it into the node. */
export async function loadPauseImage(layout: Layout, binaries: string): Promise<void> {
  const archive = layout.data("pause.tar");
  writeFileSync(archive, pauseArchive(readFileSync(join(binaries, "pause"))));
  await importImage(layout, archive);
}

/** A docker-archive of an image that holds one program and runs it as nobody. */
export function pauseArchive(program: Uint8Array): Buffer {
  const layer = tarArchive([{ path: "pause", content: program, mode: 0o755 }]);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { Entrypoint: ["/pause"], User: "65535:65535" },
      rootfs: { type: "layers", diff_ids: [`sha256:${createHash("sha256").update(layer).digest("hex")}`] },
    }),
  );
  const manifest = [{ Config: "config.json", RepoTags: [pauseImage], Layers: ["layer.tar"] }];
  return tarArchive([
    { path: "config.json", content: config, mode: 0o644 },
    { path: "layer.tar", content: layer, mode: 0o644 },
    { path: "manifest.json", content: Buffer.from(JSON.stringify(manifest)), mode: 0o644 },
  ]);
}
