import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";
import { installPackages } from "../../infra/local-cluster/host/packages.ts";
import { progress } from "./progress.ts";

/** Debian's container registry, on the loopback alone. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`; it speaks plain HTTP. */
  readonly host: string;
  /** All that was ever pushed to it, by digest, unpacked where it is packed: manifests, layers and configurations. */
  blobs(): Promise<readonly (readonly [digest: string, bytes: Uint8Array])[]>;
}

/** Whom a registry with `credentials` lets in; the hash is bcrypt's of the password, as `htpasswd -B` writes it. */
export const registryAccount = {
  username: "robot",
  password: "right",
  hash: "$2y$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC",
} as const;

const tools = { skopeo: "skopeo", registry: "docker-registry" } as const;

/** Whether the machine has skopeo and a registry, which are installed where that is possible. */
export async function hasRegistryTools(): Promise<boolean> {
  const missing = () => Object.values(tools).filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  const mayInstall = process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
  if (missing().length > 0 && mayInstall) await installPackages(missing(), progress);
  return missing().length === 0;
}

/** @param options `credentials`: whether it lets in nobody but `registryAccount` */
export async function startRegistry(options: { readonly credentials?: boolean } = {}): Promise<Registry> {
  const directory = await mkdtemp(join(tmpdir(), "edge-registry-"));
  const accounts = join(directory, "htpasswd");
  await writeFile(accounts, `${registryAccount.username}:${registryAccount.hash}\n`);
  const auth = options.credentials === true ? { auth: { htpasswd: { realm: "registry", path: accounts } } } : {};
  const storage = { filesystem: { rootdirectory: join(directory, "data") }, delete: { enabled: true } };
  const config = { version: 0.1, log: { level: "info" }, storage, http: { addr: "127.0.0.1:0" }, ...auth };
  const file = join(directory, "config.yml");
  await writeFile(file, JSON.stringify(config));
  const child = spawn(tools.registry, ["serve", file], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const host = await new Promise<string>((resolve, reject) => {
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        const [, address] = /listening on (127\.0\.0\.1:\d+)/.exec(line) ?? [];
        if (address !== undefined) resolve(address);
      });
    }
    child.once("error", reject);
    child.once("close", () => reject(new Error(`the registry ended:\n${lines.join("\n")}`)));
  });
  return {
    host,
    blobs: () => readBlobs(join(directory, "data/docker/registry/v2/blobs")),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function readBlobs(directory: string) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name === "data");
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const bytes = await readFile(join(parentPath, name));
      return [`sha256:${basename(parentPath)}`, isGzip(bytes) ? gunzipSync(bytes) : bytes] as const;
    }),
  );
}

function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}
