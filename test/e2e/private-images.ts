import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { edgectl } from "../support/edgectl.ts";
import { type Registry, registryAccount, startRegistry } from "../support/registry.ts";

/** What a checkout has built, in a registry that lets in one account alone. */
export interface PrivateImages extends AsyncDisposable {
  /** Of the registry. */
  readonly host: string;
  /** The file of their references. */
  readonly file: string;
  /** The sample module's image. */
  readonly sample: string;
  /** Of a stack whose images they are. */
  readonly config: object;
  /** Of whoever deploys it. */
  readonly env: Readonly<Record<string, string>>;
}

/** @param directory where their references are kept, and whoever pushes is logged in */
export async function pushPrivateImages(directory: string): Promise<PrivateImages> {
  const registry = await startRegistry({ credentials: true });
  try {
    return { ...(await push(registry, directory)), [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
  } catch (error) {
    await registry[Symbol.asyncDispose]();
    throw error;
  }
}

async function push({ host }: Registry, directory: string): Promise<Omit<PrivateImages, keyof AsyncDisposable>> {
  const { username, password } = registryAccount;
  const file = join(directory, "private-images.json");
  const login = join(directory, "login.json");
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  await writeFile(login, JSON.stringify({ auths: { [host]: { auth } } }), { mode: 0o600 });
  const args = ["images", "push", "--registry", `${host}/iotedge`, "--insecure", "--images-file", file];
  const pushed = await edgectl(args, { env: { REGISTRY_AUTH_FILE: login } });
  expect(pushed).toMatchObject({ code: 0 });
  const { modules } = JSON.parse(await readFile(file, "utf8"));
  return {
    host,
    file,
    sample: modules.sample,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: edgectl fills it in
    config: { "iotedge:registries": [{ server: host, username, password: "${REGISTRY_PASSWORD}" }] },
    env: { REGISTRY_PASSWORD: password },
  };
}
