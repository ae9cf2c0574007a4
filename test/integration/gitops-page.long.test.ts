import { execFile, spawnSync } from "node:child_process";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { installPackages } from "../../infra/local-cluster/host/packages.ts";
import { stepsOf } from "../e2e/page-steps.ts";
import { createTestCa } from "../fakes/test-ca.ts";
import { makeSigner } from "../support/cosign.ts";
import { edgectlMain } from "../support/edgectl.ts";
import { progress } from "../support/progress.ts";
import "../support/provided.ts";
import { hasRegistryTools, type Registry, startRegistry } from "../support/registry.ts";
import { runProgram } from "../support/run-program.ts";
import { ensureSops } from "../support/sops.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type GitopsProject, makeGitopsProject } from "./gitops/project.ts";

const minute = 60_000;
const run = promisify(execFile);
const page = await readFile(fileURLToPath(new URL("../../docs/gitops.md", import.meta.url)), "utf8");
const steps = stepsOf(page).map((step) => ("file" in step ? { command: step.file, shown: step.text } : step));
const hasTools = await hasAllTools();
const programs = temporaryDirectory();

let registry: Registry;
let project: GitopsProject;
/** Of what a reader types in one terminal; variables stay. */
let variables = "";
let recipient = "";
let pushed = "";
/** A CA that vouches for none of the keys here, and those that do. */
let another: string;
let trusted: readonly string[] = [];

/** age makes keys of its own; who is no root takes what the machine has. */
async function hasAllTools(): Promise<boolean> {
  const hasAge = () => spawnSync("age-keygen", ["--version"]).error === undefined;
  if (!(await hasRegistryTools())) return false;
  if (!hasAge() && process.getuid?.() === 0) await installPackages(["age"], progress);
  return hasAge();
}

/** The stack as far as a reader has come: at first its identity key would have to be made. */
function stackAt(step: number): object {
  return {
    namespace: "line-1",
    identity: step === 0 ? {} : { existingSecret: "line-1-identity" },
    trust: { roots: [], trustedCas: step === 0 ? [another] : trusted, workloadCa: { existingSecret: "line-1-ca" } },
  };
}

/** The command with the registry and the keys of the test in the places of the page's. */
function typed(command: string): string {
  return command
    .replaceAll("registry.example.com", registry.host)
    .replaceAll(/age1[0-9a-z]{50,}/g, recipient)
    .replace(/^(npx edgectl .*--push .*)$/, "$1 --insecure")
    .replace(/@sha256:[0-9a-f]{64}/, `@${pushed}`);
}
/** What differs from run to run: keys, digests, and where the registry is. */
function plain(text: string): string {
  return text
    .replaceAll(registry.host, "registry.example.com")
    .replaceAll(/age1[0-9a-z]{50,}/g, "AGE")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "DIGEST")
    .trimEnd();
}

async function type(command: string) {
  const env = {
    PATH: [programs, await ensureSops(), dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: dirname(project.directory),
    KUBECONFIG: inject("kubeconfig"),
    COSIGN_PASSWORD: "of the test",
  };
  const text = typed(command);
  const outcome = await runProgram("bash", ["-c", `${variables}\n${text}`], { cwd: project.directory, env });
  if (/^\w+=\S/.test(text)) variables += `\n${text}`;
  return outcome;
}

beforeAll(async () => {
  if (!hasTools) return;
  registry = await startRegistry();
  project = await makeGitopsProject();
  const day = 86_400_000;
  another = (await createTestCa({ name: "another", notBefore: Date.now(), notAfter: Date.now() + day })).certificatePem;
  const { byScript } = await makeSigner(programs);
  const [cosign, offline] = [join(byScript.programs, "cosign"), byScript.offline.join(" ")];
  const write = (name: string, script: string) =>
    writeFile(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await write("npx", `shift; exec node --disable-warning=ExperimentalWarning ${edgectlMain} "$@"`);
  // In no public log, and in a registry without TLS.
  await write("cosign", `[ "$1" = sign ] && { shift; set -- sign ${offline} "$@"; }; exec ${cosign} "$@"`);
  await symlink(inject("kubectl"), join(programs, "kubectl"));
  const git = (...args: string[]) =>
    run("git", ["-C", project.directory, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args]);
  await git("init", "--quiet");
  await git("remote", "add", "origin", "https://git.example.com/fleet.git");
  await git("commit", "--quiet", "--allow-empty", "-m", "first");
  await run(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), "create", "namespace", "flux-system"]);
}, 30 * minute);
afterAll(async () => {
  if (!hasTools) return;
  await run(inject("kubectl"), [
    "--kubeconfig",
    inject("kubeconfig"),
    "delete",
    "namespace",
    "flux-system",
    "--wait=false",
  ]);
  await project?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
});

describe.skipIf(!hasTools)("the page on GitOps, as it stands", { timeout: 5 * minute }, () => {
  it("has the commands that are typed below", () => {
    expect(steps.length).toBeGreaterThan(8);
  });

  it.each(steps.map(({ command, shown }, index) => ({ index, command, shown })))(
    "$index $command",
    async ({ index, command, shown }) => {
      await project.configure(stackAt(index));
      const outcome = await type(command);
      const printed = `${outcome.stdout}\n${outcome.stderr}`;
      expect(outcome.code, printed).toBe(shown.includes("error EDGE_") ? 1 : 0);
      recipient = /age1[0-9a-z]{50,}/.exec(printed)?.[0] ?? recipient;
      pushed = /sha256:[0-9a-f]{64}/.exec(outcome.stdout)?.[0] ?? pushed;
      const [certificate] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(printed) ?? [];
      if (certificate !== undefined) trusted = [certificate.replace(/^ +/gm, "")];
      const lines = plain(printed)
        .split("\n")
        .map((line) => line.trimEnd());
      const wanted = plain(shown)
        .split("\n")
        .map((line) => line.trimEnd())
        .filter((line) => line !== "" && line !== "...");
      expect(
        wanted.filter((line) => !lines.includes(line)),
        printed,
      ).toEqual([]);
    },
  );
});
