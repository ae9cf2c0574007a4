import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageCacheDirectory } from "../../runtime/images/cache.ts";
import { runProgram } from "../support/run-program.ts";

const minutes = 60_000;
const checkout = resolve(import.meta.dirname, "../..");
const canBuild = process.platform === "linux" && existsSync("/usr/bin/dpkg-deb");
let directory: string;

/** Lets Node believe that it is more than a year later, in another zone. */
const anotherDay = `
const late = 400 * 24 * 3_600_000;
const { now } = Date;
globalThis.Date = class extends Date {
  constructor(...args) { args.length === 0 ? super(now() + late) : super(...args); }
  static now = () => now() + late;
};
`;

describe.skipIf(!canBuild)("images of both platforms", { timeout: 20 * minutes }, () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-images-reproducible-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it("are the same from another checkout, on another day, with an empty cache and files of another time", async () => {
    const here = await digestsBy(checkout, {});
    const elsewhere = join(directory, "a/checkout/somewhere/else");
    await copyCheckout(elsewhere);
    const cache = join(directory, "cache");
    await copyDownloads(cache);
    const clock = join(directory, "another-day.mjs");
    await writeFile(clock, anotherDay);
    const there = await digestsBy(elsewhere, {
      EDGE_CACHE_DIR: cache,
      TZ: "Pacific/Auckland",
      NODE_OPTIONS: `--import=${pathToFileURL(clock)}`,
    });
    expect(Object.keys(here)).toEqual(["iotedged", "edge-agent", "proxy", "sample"]);
    expect(there).toEqual(here);
  });
});

/** Digests of the indexes, each of which names the images of both platforms. */
async function digestsBy(project: string, env: Readonly<Record<string, string>>) {
  const flags = ["--platform", "linux/amd64,linux/arm64", "--images-file", join(directory, "images.json"), "--json"];
  const main = join(project, "infra/edgectl/main.ts");
  const args = ["--disable-warning=ExperimentalWarning", main, "images", "build", ...flags];
  const outcome = await runProgram(process.execPath, args, { cwd: directory, env });
  expect(outcome).toMatchObject({ code: 0 });
  const { images } = JSON.parse(outcome.stdout) as { images: { readonly name: string; readonly digest: string }[] };
  return Object.fromEntries(images.map(({ name, digest }) => [name, digest]));
}

async function copyCheckout(to: string): Promise<void> {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await runProgram("git", ["-C", checkout, ...list]);
  for (const file of stdout.split("\0").filter((name) => name !== "" && existsSync(join(checkout, name)))) {
    const target = join(to, file);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(checkout, file), target);
    await utimes(target, 1e9, 1e9);
  }
  execFileSync("cp", ["-a", join(checkout, "node_modules"), to]);
}

/** What was downloaded need not be so again; all that is made from it is. */
async function copyDownloads(cache: string): Promise<void> {
  const from = imageCacheDirectory(process.env);
  await mkdir(join(cache, "images/parts"), { recursive: true });
  await cp(join(from, "packages"), join(cache, "images/packages"), { recursive: true });
  for (const part of await readdir(join(from, "parts")))
    if (/^(node-arm64|npm)-/.test(part))
      execFileSync("cp", ["-a", join(from, "parts", part), join(cache, "images/parts")]);
}
