import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { progress } from "../support/progress.ts";
import { runProgram } from "../support/run-program.ts";

const minutes = 60_000;
const checkout = resolve(import.meta.dirname, "../..");
const canBuild = process.platform === "linux" && existsSync("/usr/bin/dpkg-deb");
/** Runs programs of arm64; on such a machine they run by themselves. */
const emulator = process.arch === "arm64" ? "" : "qemu-aarch64-static";
const canEmulate = emulator === "" || spawnSync(emulator, ["--version"]).status === 0;
let directory: string;
let images: readonly BuiltImage[];

interface BuiltImage {
  readonly name: string;
  readonly archive: string;
}

if (canBuild && !canEmulate) progress("skipped: images for arm64 are not started, qemu-user-static is not installed");

describe.skipIf(!canBuild)("images for arm64", { timeout: 10 * minutes }, () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-images-arm64-"));
    images = await build();
  }, 15 * minutes);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.skipIf(!canEmulate)(
    "start: Node and HAProxy say their versions, programs that they have no configuration",
    async () => {
      for (const { name, archive } of images) {
        const root = join(directory, name);
        const { config } = await unpackImage(archive, root);
        const [program = "", ...args] = config.Entrypoint;
        const version = runForeign(root, [program, name === "proxy" ? "-v" : "--version"]);
        expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(/^(v24\.|HAProxy version 2\.6)/) });
        if (name === "proxy") continue;
        const started = runForeign(root, [
          program,
          ...args.map((arg) => (arg.startsWith("/app") ? join(root, arg) : arg)),
        ]);
        const { status, stdout, stderr } = started;
        expect({ name, status, output: stdout + stderr }).toMatchObject({
          name,
          status: 1,
          output: expect.stringMatching(/EDGE_|IOTEDGE_|unknown role/),
        });
      }
    },
  );
});

async function build(): Promise<readonly BuiltImage[]> {
  const flags = ["--platform", "linux/arm64", "--images-file", join(directory, "images.json"), "--json"];
  const main = join(checkout, "infra/edgectl/main.ts");
  const args = ["--disable-warning=ExperimentalWarning", main, "images", "build", ...flags];
  const outcome = await runProgram(process.execPath, args, { cwd: directory });
  expect(outcome).toMatchObject({ code: 0 });
  return JSON.parse(outcome.stdout).images;
}

async function unpackImage(
  archive: string,
  root: string,
): Promise<{ readonly config: { readonly Entrypoint: string[] } }> {
  await mkdir(root, { recursive: true });
  const read = (path: string) => execFileSync("tar", ["-xOf", archive, `./${path}`], { maxBuffer: 1e9 });
  const [{ Config: config, Layers: layers }] = JSON.parse(read("manifest.json").toString());
  for (const layer of layers) execFileSync("tar", ["-xz", "-C", root, "--no-same-owner"], { input: read(layer) });
  return JSON.parse(read(config).toString());
}

/** Runs a program of an image with the image's libraries. */
function runForeign(root: string, [program = "", ...args]: readonly string[]) {
  const file = join(root, program);
  if (emulator !== "") return spawnSync(emulator, ["-L", root, file, ...args], { encoding: "utf8", env: {} });
  const loader = join(root, "lib/ld-linux-aarch64.so.1");
  const libraries = ["lib", "usr/lib"].map((name) => join(root, name, "aarch64-linux-gnu")).join(":");
  return spawnSync(loader, ["--library-path", libraries, file, ...args], { encoding: "utf8", env: {} });
}
