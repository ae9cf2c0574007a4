import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stringify } from "yaml";
import { edgectl } from "../support/edgectl.ts";
import { startEdgectl } from "../support/edgectl-process.ts";
import "../support/provided.ts";

const program = fileURLToPath(new URL("../../infra/index.ts", import.meta.url));
const run = promisify(execFile);
const namespace = `edge-deploy-${randomBytes(3).toString("hex")}`;

let directory: string;
let elsewhere: string;
let where: readonly string[];

async function makeProject(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "edge-deploy-"));
  await mkdir(join(made, "stacks"));
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(made, "Pulumi.yaml"), stringify(project));
  const images = { iotedged: "r.invalid/a:1", edgeAgent: "r.invalid/b:1", proxy: "r.invalid/c:1" };
  const installations = [{ namespace, createNamespace: true, edgeAgent: { enabled: false } }];
  const config = { "iotedge:images": images, "iotedge:installations": installations };
  await writeFile(join(made, "stacks", `Pulumi.${namespace}.yaml`), stringify({ config }));
  return made;
}

/** Keeps what it is told, and knows no stack. The real one needs plugins that are not on every machine. */
async function writePulumi(log: string): Promise<string> {
  const bin = join(directory, "bin");
  await mkdir(bin);
  const script = `#!/bin/sh\necho "$@" >> '${log}'\ncase "$*" in "stack ls"*) echo '[]';; esac\n`;
  await writeFile(join(bin, "pulumi"), script, { mode: 0o755 });
  return bin;
}

beforeAll(async () => {
  [directory, elsewhere] = [await makeProject(), await makeProject()];
  const config = ["--kubeconfig", inject("kubeconfig")];
  const context = (await run(inject("kubectl"), [...config, "config", "current-context"])).stdout.trim();
  where = ["--stack", namespace, "--context", context, ...config];
});
afterAll(async () => {
  await edgectl(["down", ...where, "--engine", "render"], { cwd: elsewhere });
  await rm(directory, { recursive: true });
  await rm(elsewhere, { recursive: true });
});

describe("edgectl up", () => {
  it("says after Ctrl-C how to go on", async () => {
    const args = ["up", ...where, "--engine", "render"];
    const process = startEdgectl(args, elsewhere);
    await process.saw(/Wait until everything runs/);
    process.interrupt();
    expect(await process.ended).toBe(130);
    expect(process.output.stderr).toContain(
      `Interrupted. What is done stays. Go on with: npx edgectl ${args.join(" ")}\n`,
    );
  });

  it("on another machine refuses other keys, keeps none, and advises nothing that would break the root", async () => {
    const { code, stderr } = await edgectl(["up", ...where, "--engine", "render"], { cwd: directory });
    expect(code).toBe(1);
    expect(stderr).toContain("error EDGE_TRUST_OTHER_KEY");
    expect(stderr).not.toMatch(/revoke/);
    await expect(access(join(directory, ".edge/state", `${namespace}.json`))).rejects.toThrow("ENOENT");
  });

  it("with Pulumi asks neither what `edgectl render` has made nor what is left of another deployment", async () => {
    const log = join(directory, "pulumi.log");
    const env = { PATH: `${await writePulumi(log)}:${process.env.PATH}`, PULUMI_BACKEND_URL: "file:///tmp" };
    await edgectl(["render", "--stack", namespace, "--make-keys"], { cwd: directory });
    expect(await readFile(join(directory, ".edge/state", `${namespace}.json`), "utf8")).toContain("PRIVATE KEY");
    const up = await edgectl(["up", ...where, "--engine", "pulumi", "--timeout", "1"], { cwd: directory, env });
    expect(up.stderr).not.toContain("EDGE_TRUST_OTHER_KEY");
    expect(await readFile(log, "utf8")).toMatch(/^up --yes --skip-preview /m);
  });
});
