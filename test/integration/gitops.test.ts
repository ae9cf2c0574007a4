import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { dataKeys } from "#contract";
import { accountOf } from "../../runtime/iotedged/own-account.ts";
import { createTestCa } from "../fakes/test-ca.ts";
import { documentedYaml } from "../support/documented-yaml.ts";
import { startIotedged } from "../support/iotedged-process.ts";
import { type GitopsProject, makeGitopsProject, ownKeys, stack } from "./gitops/project.ts";
import "../support/provided.ts";
import { waitFor } from "../support/wait-for.ts";

const namespace = `edge-gitops-${randomBytes(3).toString("hex")}`;
const day = 86_400_000;
const run = promisify(execFile);
const kubectl = async (...args: string[]) =>
  (await run(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args])).stdout;
const kustomize = async (folder: string) =>
  (await run(join(inject("gitopsTools"), "kustomize"), ["build", folder], { maxBuffer: 1 << 24 })).stdout;

let here: GitopsProject;
let there: GitopsProject;
let installation: object;
const folder = () => join(here.directory, "rendered");

beforeAll(async () => {
  const ca = await createTestCa({ name: "ours", notBefore: Date.now() - day, notAfter: Date.now() + 900 * day });
  installation = { namespace, createNamespace: true, nodeObserver: true, ...ownKeys(ca.certificatePem) };
  [here, there] = [await makeGitopsProject(), await makeGitopsProject()];
  for (const project of [here, there]) await project.configure(installation);
});
afterAll(async () => {
  await kubectl("delete", "-k", folder(), "--ignore-not-found", "--wait=false");
  await Promise.all([here[Symbol.asyncDispose](), there[Symbol.asyncDispose]()]);
});

async function contents(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(directory)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8")));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
}

describe("manifests for GitOps", () => {
  it("01 are the same bytes on machines that share nothing, and hold no key that one of them has", async () => {
    // One machine has deployed the stack before it was keyless, and so has keys.
    await here.configure({ namespace });
    expect(await here.render("--make-keys", "--out", "with-keys")).toMatchObject({ code: 0 });
    const state = await readFile(join(here.directory, `.edge/state/${stack}.json`), "utf8");
    const keys = [...state.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----\\n([A-Za-z0-9+/]{40})/g)].map(([, key]) => key);
    expect(keys.length).toBeGreaterThan(2);
    await here.configure(installation);
    for (const project of [here, there]) {
      expect(await project.render("--gitops", "rendered", "--readme")).toMatchObject({ code: 0, stdout: "" });
    }
    const rendered = await contents(folder());
    expect(rendered).toEqual(await contents(join(there.directory, "rendered")));
    const text = Object.values(rendered).join("\n");
    for (const key of keys) {
      expect(text).not.toContain(key);
      expect(text).not.toContain(
        Buffer.from(key ?? "")
          .toString("base64")
          .slice(0, 40),
      );
    }
    expect(text).not.toMatch(/^kind: Secret$/m);
    for (const secret of [here.directory, there.directory]) expect(text).not.toContain(secret);
    expect(rendered["README.md"]).toContain(`| ${namespace} | our-identity |`);
  });

  it("02 are applied as kustomize builds them, and a second time nothing differs", async () => {
    const built = join(here.directory, "built.yaml");
    await writeFile(built, await kustomize(folder()));
    await kubectl("apply", "--server-side", "-f", built);
    // kubectl reads each object twice, and controllers may still write its status in between.
    await waitFor(
      "no difference",
      async () => (await kubectl("diff", "--server-side", "-f", built)) === "" || undefined,
    );
    const live = await kubectl("get", "deployment", "iotedged", "-n", namespace, "-o", "name");
    expect(live).toBe("deployment.apps/iotedged\n");
  });

  it("03 lose what the stack no longer has", async () => {
    await here.configure({ ...installation, nodeObserver: false });
    const { stderr } = await here.render("--gitops", "rendered");
    expect(stderr).toContain(", 3 removed");
    expect(await kustomize(folder())).not.toContain("node-observer");
  });

  it("04 are refused by the option's name where a key would have to be made", async () => {
    await there.configure({ ...installation, identity: {} });
    const before = await contents(join(there.directory, "rendered"));
    const { code, stderr } = await there.render("--gitops", "rendered");
    expect(code).toBe(1);
    expect(stderr).toContain("EDGE_GITOPS_KEYS");
    expect(stderr).toContain("`identity.existingSecret`");
    expect(await contents(join(there.directory, "rendered"))).toEqual(before);
  });

  it("05 have waves for Argo CD by the overlay that the page shows", async () => {
    const overlay = join(here.directory, "overlay");
    await mkdir(overlay);
    const [document] = await documentedYaml("gitops.md", "argocd.argoproj.io/sync-wave");
    await writeFile(join(overlay, "kustomization.yaml"), stringify({ ...document, resources: ["../rendered"] }));
    const objects = parseAllDocuments(await kustomize(overlay)).map((one) => one.toJS());
    const early = objects.filter(({ metadata }) => metadata.annotations?.["argocd.argoproj.io/sync-wave"] === "-1");
    const policies = objects.filter(({ kind }) => kind.startsWith("ValidatingAdmissionPolicy"));
    expect(policies.length).toBeGreaterThan(3);
    expect(early).toEqual(policies);
  });

  it.each([
    ["namespace", (other: string) => ({ namespace: other })],
    ["namePrefix", () => ({ namePrefix: "dev-" })],
    ["nameSuffix", () => ({ nameSuffix: "-dev" })],
  ])("06 below an overlay with %s make an iotedged that ends and names it", async (key, change) => {
    const other = `${namespace}-moved`;
    const overlay = join(here.directory, `overlay-${key}`);
    await mkdir(overlay);
    const kustomization = { resources: ["../rendered"], ...change(other) };
    await writeFile(join(overlay, "kustomization.yaml"), stringify(kustomization));
    const objects = parseAllDocuments(await kustomize(overlay)).map((one) => one.toJS());
    const isIotedged = ({ kind, metadata }: { kind: string; metadata: { name: string } }) =>
      kind === "Deployment" && metadata.name.includes("iotedged");
    const { metadata, spec } = objects.find(isIotedged);
    const config = spec.template.spec.volumes.find(({ name }: { name: string }) => name === "config").configMap.name;
    const settings = objects.find((one) => one.kind === "ConfigMap" && one.metadata.name === config);
    const parsed = JSON.parse(settings.data[dataKeys.iotedgedConfig]);
    // The token that the kubelet would mount: the account is made as the overlay has it.
    const account = spec.template.spec.serviceAccountName;
    await kubectl("create", "namespace", metadata.namespace).catch(() => "");
    await kubectl("create", "serviceaccount", account, "-n", metadata.namespace).catch(() => "");
    const token = await kubectl("create", "token", account, "-n", metadata.namespace);
    const started = startIotedged({
      kubeConfig: new KubeConfig(),
      ...parsed.installation,
      settings: parsed,
      account: accountOf(token),
    });
    await expect(started).rejects.toMatchObject({
      code: "EDGE_IOTEDGED_OTHER_ACCOUNT",
      message: expect.stringContaining(`system:serviceaccount:${metadata.namespace}:${account}`),
    });
    await kubectl("delete", "namespace", other, "--ignore-not-found", "--wait=false");
  });

  it("07 are pushed to a tag alone, which is looked at before anything is rendered", async () => {
    const { code, stderr } = await here.render("--gitops", "elsewhere", "--push", "oci://registry.example.com/fleet");
    expect([code, stderr]).toEqual([1, expect.stringContaining("EDGE_GITOPS_PUSH_TARGET")]);
    expect(await readdir(here.directory)).not.toContain("elsewhere");
  });
});
