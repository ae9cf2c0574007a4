import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { edgectl } from "../support/edgectl.ts";
import { hasRegistryTools, type Registry, startRegistry } from "../support/registry.ts";
import { blobAt, filesOfImage, manifestAt } from "./images-build/image-content.ts";

const minutes = 60_000;
const { version } = manifest;
const canBuild = process.platform === "linux" && existsSync("/usr/bin/dpkg-deb") && (await hasRegistryTools());
const platforms = ["amd64", "arm64"] as const;
const machines = { amd64: 62, arm64: 183 } as const;
const programs = {
  iotedged: "/bin/node",
  "edge-agent": "/bin/node",
  proxy: "/usr/sbin/haproxy",
  sample: "/bin/node",
} as const;
let directory: string;
let registry: Registry;
/** What `edgectl images push` has printed of each image. */
let pushed: readonly PushedImage[];

interface PushedImage {
  readonly name: string;
  readonly reference: string;
  readonly digest: string;
  readonly sboms: readonly { readonly platform: string; readonly file: string }[];
}

describe.skipIf(!canBuild)("images for both platforms from one machine", { timeout: 5 * minutes }, () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-images-build-"));
    registry = await startRegistry();
    const file = join(directory, "images.json");
    const told = ["--source", "https://git.example/iotedge", "--revision", "abc123"];
    const flags = [...told, "--platform", "linux/arm64,linux/amd64", "--images-file", file, "--insecure", "--json"];
    const outcome = await edgectl(["images", "push", "--registry", `${registry.host}/edge`, ...flags], {
      cwd: directory,
    });
    expect(outcome).toMatchObject({ code: 0 });
    pushed = JSON.parse(outcome.stdout).images;
  }, 15 * minutes);
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it("are one index each, named by its digest in the images file", async () => {
    const images = JSON.parse(await readFile(join(directory, "images.json"), "utf8"));
    expect(pushed.map(({ name }) => name)).toEqual(Object.keys(programs));
    expect(images.proxy).toBe(pushed.find(({ name }) => name === "proxy")?.reference);
    for (const { name, reference, digest } of pushed) {
      expect(reference).toBe(`${registry.host}/edge/${name}@${digest}`);
      const index = await manifestAt(registry, `edge/${name}`, digest);
      expect(index.manifests.map(({ platform }) => platform)).toEqual([
        { architecture: "amd64", os: "linux" },
        { architecture: "arm64", os: "linux" },
      ]);
    }
  });

  it("say where they come from and under which licences they are passed on, whatever of them is looked at", async () => {
    for (const { name, digest } of pushed) {
      const index = await manifestAt(registry, `edge/${name}`, digest);
      const each = await Promise.all(index.manifests.map((one) => manifestAt(registry, `edge/${name}`, one.digest)));
      for (const { annotations } of [index, ...each])
        expect(annotations).toMatchObject({
          "org.opencontainers.image.source": "https://git.example/iotedge",
          "org.opencontainers.image.revision": "abc123",
          "org.opencontainers.image.version": version,
          "org.opencontainers.image.licenses": expect.stringMatching(/^MIT AND .*LicenseRef-deb-libc6-2\.36/),
          "org.opencontainers.image.base.name": "scratch",
        });
    }
  });

  it.each(platforms)(
    "have an SBOM for %s that refers to them, with the licence of all that they hold",
    async (platform) => {
      for (const { name, digest, sboms } of pushed) {
        const repository = `edge/${name}`;
        const index = await manifestAt(registry, repository, digest);
        const subject = index.manifests.find((one) => one.platform.architecture === platform)?.digest ?? "";
        const referrers = await manifestAt(registry, repository, subject.replace(":", "-"));
        const referrer = await manifestAt(registry, repository, referrers.manifests[0]?.digest ?? "");
        expect(referrer).toMatchObject({ artifactType: "application/spdx+json", subject: { digest: subject } });
        const sbom = JSON.parse((await blobAt(registry, repository, referrer.layers[0]?.digest ?? "")).toString());
        const file = sboms.find((one) => one.platform === `linux/${platform}`)?.file ?? "";
        expect(JSON.parse(await readFile(file, "utf8"))).toEqual(sbom);
        expect(sbom).toMatchObject({ spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0" });
        const packages: Record<string, string>[] = sbom.packages;
        const node = `node-linux-${platform === "amd64" ? "x64" : "arm64"}`;
        const expected = name === "proxy" ? ["haproxy", "libssl3", "libc6"] : [node, "libstdc++6", "libc6"];
        const programs = name === "iotedged" ? ["fastify", "pino"] : [];
        expect(packages.map((one) => one.name)).toEqual(expect.arrayContaining([...expected, ...programs]));
        const texts = new Set(sbom.hasExtractedLicensingInfos.map((one: { licenseId: string }) => one.licenseId));
        for (const { licenseDeclared = "NOASSERTION" } of packages) {
          expect(licenseDeclared).not.toBe("NOASSERTION");
          for (const reference of licenseDeclared.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [])
            expect(texts).toContain(reference);
        }
        const ids = packages.map((one) => one.SPDXID);
        expect(new Set(ids).size).toBe(ids.length);
      }
    },
  );

  it.each(platforms)(
    "hold programs and libraries of %s alone, which any user may run and nobody change",
    async (platform) => {
      for (const { name, digest } of pushed) {
        const root = join(directory, platform, name);
        await mkdir(root, { recursive: true });
        const { files, config } = await filesOfImage(registry, `edge/${name}`, digest, platform, root);
        expect(config.architecture).toBe(platform);
        const elf = files.filter(({ machine }) => machine !== undefined);
        expect(new Set(elf.map(({ machine }) => machine))).toEqual(new Set([machines[platform]]));
        expect(elf.map(({ path }) => path)).toEqual(
          expect.arrayContaining([programs[name as keyof typeof programs], expect.stringContaining("libc.so.6")]),
        );
        for (const { path, mode, owner, type } of files) {
          expect({ path, owner }).toEqual({ path, owner: "0/0" });
          if (type === "l") continue;
          // OpenShift runs containers as a user that no image knows.
          const forAnybody = path === "/tmp" ? 0o1777 : type === "d" || machineOf(files, path) ? 0o755 : 0o644;
          expect({ path, mode }).toEqual({ path, mode: forAnybody });
        }
      }
    },
  );
});

function machineOf(files: readonly { readonly path: string; readonly machine: number | undefined }[], path: string) {
  return files.find((file) => file.path === path)?.machine !== undefined;
}
