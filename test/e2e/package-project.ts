import { readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { expect } from "vitest";
import { stringify } from "yaml";
import { type Outcome, runProgram } from "../support/run-program.ts";
import { waitFor } from "../support/wait-for.ts";
import { modulesOf } from "./deployment-manifest.ts";
import type { PrivateImages } from "./private-images.ts";
import { smallResources } from "./stack.ts";

/** A folder in which somebody works with the npm package. */
export interface PackageProject {
  /** What a user types, in the project's folder. */
  run(program: string, ...args: string[]): Promise<Outcome>;
  edgectl(...args: string[]): Promise<Outcome>;
  install(tarball?: string): Promise<void>;
  /** The manifest that init wrote, with an image of the private registry in its only module's place. */
  editManifest(greeting: string): Promise<void>;
  /** Declares one small installation in the stack `plant`, and the private registry. */
  declare(namespace: string): Promise<void>;
}

/** @param env of who works there, beside the registry's password */
export function packageProject(
  folder: string,
  images: PrivateImages,
  env: Readonly<Record<string, string>> = {},
): PackageProject {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const run = (program: string, ...args: string[]) =>
    runProgram(program, args, { cwd: folder, env: { PATH: path, ...images.env, ...env } });
  return {
    run,
    edgectl: (...args) => run("npx", "--no-install", "edgectl", ...args),
    install: async (tarball) => {
      const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
      const outcome = await run("npm", "install", ...options, ...(tarball === undefined ? [] : [tarball]));
      expect(outcome).toMatchObject({ code: 0 });
    },
    editManifest: async (greeting) => {
      const file = join(folder, "deployment.json");
      const manifest = JSON.parse(await readFile(file, "utf8"));
      const script = "console.log(process.env.GREETING); setInterval(() => {}, 60_000);";
      const { web } = modulesOf(manifest);
      web.settings = { image: images.sample, createOptions: { Entrypoint: ["/bin/node", "-e", script] } };
      web.env = { GREETING: { value: greeting } };
      await writeFile(file, JSON.stringify(manifest));
    },
    declare: async (namespace) => {
      const file = join(folder, "stacks/Pulumi.plant.yaml");
      const deploymentFile = "deployment.json";
      const installations = [{ namespace, createNamespace: true, deploymentFile, ...smallResources }];
      const text = await readFile(file, "utf8");
      const head = text.slice(0, text.indexOf("  iotedge:installations:"));
      const config = { ...images.config, "iotedge:installations": installations };
      await writeFile(file, `${head}${stringify(config).replace(/^/gm, "  ")}`);
    },
  };
}

/** Options that name the cluster of the tests. */
export function clusterOptionsOf(kubeconfig: string): readonly string[] {
  const parsed = new KubeConfig();
  parsed.loadFromFile(kubeconfig);
  return ["--context", parsed.getCurrentContext(), "--kubeconfig", kubeconfig];
}

/** Waits until the project's module has said it. */
export function greeted({ edgectl }: PackageProject, where: readonly string[], greeting: string): Promise<string> {
  return waitFor(`the module's ${greeting}`, async () => {
    const log = await edgectl("logs", "web", ...where);
    return log.stdout.includes(greeting) ? log.stdout : undefined;
  });
}
