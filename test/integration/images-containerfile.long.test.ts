import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chooseMirrors, readMachineSources } from "../../runtime/images/package-sources.ts";
import { progress } from "../support/progress.ts";
import { runProgram } from "../support/run-program.ts";

const minutes = 60_000;
const checkout = resolve(import.meta.dirname, "../..");
const missing = ["buildah", "debootstrap"].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
/** The registry of npm packages may have a certificate of this machine's own. */
const roots = "/etc/ssl/certs/ca-certificates.crt";
const canBuild = process.getuid?.() === 0 && missing.length === 0;
if (!canBuild)
  progress(`skipped: the Containerfile is not built, it needs root${missing.map((name) => `, ${name}`).join("")}`);

interface PackedImage {
  readonly name: string;
  readonly archive: string;
}

interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}

describe.skipIf(!canBuild)("the Containerfile", { timeout: 20 * minutes }, () => {
  let directory: string;
  const buildah = async (...args: readonly string[]) => {
    const storage = ["--root", join(directory, "storage"), "--runroot", join(directory, "run")];
    const { code, stdout, stderr } = await runProgram("buildah", [...storage, ...args]);
    expect({ args, code, output: code === 0 ? "" : `${stdout}${stderr}`.slice(-4000) }).toMatchObject({
      code: 0,
      output: "",
    });
    return stdout.trim();
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-containerfile-"));
    const registry = (await runProgram("npm", ["config", "get", "registry"])).stdout.trim();
    await writeFile(join(directory, "npmrc"), `registry=${registry}\ncafile=${roots}\n`);
    // All builds share their first steps as long as what they copy is the same, whoever works in the checkout meanwhile.
    const outside = new Set([".git", ".edge", "node_modules"]);
    await cp(checkout, join(directory, "checkout"), {
      recursive: true,
      filter: (file) => !outside.has(basename(file)),
    });
    // What edgectl packs comes from its cache later. Each of the two waits for downloads most of the time.
    const [base] = await Promise.all([makeBase(join(directory, "base")), pack("amd64")]);
    const container = await buildah("from", "scratch");
    await buildah("add", "--quiet", container, base, "/");
    await buildah("commit", "--quiet", container, "localhost/debian-with-node:1");
  }, 20 * minutes);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each(["amd64", "arm64"])("makes the images that edgectl packs, for linux/%s", async (architecture) => {
    const packed = await pack(architecture);
    expect(packed.map(({ name }) => name)).toEqual(["iotedged", "edge-agent", "proxy", "sample"]);
    for (const { name, archive } of packed) {
      const tag = `localhost/${name}:${architecture}`;
      const options = ["--isolation", "chroot", "--network", "host", "--layers", "--pull-never"];
      const context = join(directory, "checkout");
      const file = ["--file", join(context, "runtime/images/Containerfile"), "--target", name];
      const secret = ["--secret", `id=npmrc,src=${join(directory, "npmrc")}`];
      const given = [
        ...secret,
        "--platform",
        `linux/${architecture}`,
        "--build-arg",
        "BASE=localhost/debian-with-node:1",
        // buildah of Debian 12 does not set it, as the docs say.
        "--build-arg",
        `BUILDPLATFORM=linux/${process.arch === "x64" ? "amd64" : process.arch}`,
      ];
      await buildah("build", ...options, ...file, ...given, "--tag", tag, context);
      const root = join(directory, `${name}-${architecture}`);
      const ours = await unpack(archive, root);
      const container = await buildah("from", "--pull-never", tag);
      expect(await filesBelow(await buildah("mount", container))).toEqual(await filesBelow(root));
      const { OCIv1 } = JSON.parse(await buildah("inspect", "--type", "image", tag));
      expect({ architecture, ...of(OCIv1.config) }).toEqual({ architecture: OCIv1.architecture, ...of(ours) });
      await buildah("rm", container);
    }
  });

  async function pack(architecture: string): Promise<readonly PackedImage[]> {
    const main = join(checkout, "infra/edgectl/main.ts");
    const flags = ["--platform", `linux/${architecture}`, "--images-file", join(directory, "images.json"), "--json"];
    const args = ["--disable-warning=ExperimentalWarning", main, "images", "build", ...flags];
    const outcome = await runProgram(process.execPath, args, { cwd: directory });
    expect(outcome).toMatchObject({ code: 0 });
    return JSON.parse(outcome.stdout).images;
  }
});

/** A Debian 12 by debootstrap with Node of this project and npm of this machine, as a directory. */
async function makeBase(root: string): Promise<string> {
  const { debian } = chooseMirrors(process.env, await readMachineSources());
  const options = ["--variant=minbase", "--include=binutils,ca-certificates,debian-archive-keyring"];
  const { code, stdout } = await runProgram("debootstrap", [...options, "bookworm", root, debian]);
  expect({ code, output: code === 0 ? "" : stdout.slice(-2000) }).toMatchObject({ code: 0, output: "" });
  const npm = dirname(dirname(execFileSync("bash", ["-c", 'realpath "$(command -v npm)"'], { encoding: "utf8" })));
  const modules = join(root, "usr/local/lib/node_modules");
  await mkdir(modules, { recursive: true });
  execFileSync("cp", ["-a", npm, modules]);
  if (existsSync(roots)) execFileSync("cp", ["-L", roots, join(root, roots)]);
  execFileSync("cp", ["-L", process.execPath, join(root, "usr/local/bin/node")]);
  execFileSync("ln", ["-s", "../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm")]);
  return root;
}

async function unpack(archive: string, root: string): Promise<ImageConfig> {
  await mkdir(root, { recursive: true });
  const read = (path: string) => execFileSync("tar", ["-xOf", archive, `./${path}`], { maxBuffer: 1e9 });
  const [{ Config: config, Layers: layers }] = JSON.parse(read("manifest.json").toString());
  for (const layer of layers) execFileSync("tar", ["-xzp", "-C", root, "--numeric-owner"], { input: read(layer) });
  return JSON.parse(read(config).toString()).config;
}

/** What a container is started by, without what builders add. */
function of({ User, Env, Entrypoint, Labels, StopSignal }: ImageConfig) {
  const labels = Object.entries(Labels).filter(([name]) => !name.startsWith("io.buildah."));
  return {
    User,
    Env: Env.filter((pair) => !pair.startsWith("PATH=")).sort(),
    Entrypoint,
    Labels: Object.fromEntries(labels),
    StopSignal,
  };
}

async function filesBelow(root: string): Promise<readonly string[]> {
  const lines = [];
  for (const path of (await readdir(root, { recursive: true })).sort()) {
    const file = join(root, path);
    const stats = await lstat(file);
    const { mode, uid, gid, mtimeMs } = stats;
    const content = stats.isSymbolicLink()
      ? await readlink(file)
      : stats.isFile() &&
        createHash("sha256")
          .update(await readFile(file))
          .digest("hex");
    lines.push([path, mode.toString(8), uid, gid, stats.isFile() && mtimeMs, content].join(" "));
  }
  return lines;
}
