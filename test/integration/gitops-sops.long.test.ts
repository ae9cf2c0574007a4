import { createPrivateKey, X509Certificate } from "node:crypto";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadWorkloadCa } from "../../runtime/iotedged/certificates/workload-ca.ts";
import { deriveInstallationKeys } from "../../runtime/iotedged/keys/installation-keys.ts";
import { runProgram } from "../support/run-program.ts";
import { ensureSops } from "../support/sops.ts";
import { type GitopsProject, makeGitopsProject } from "./gitops/project.ts";

const minute = 60_000;
const namespace = "line-1";
const identityFile = "sops-secret_line-1_our-identity.yaml";
const caFile = "sops-secret_line-1_our-ca.yaml";

let sops: string;
let key: string;
let recipient: string;
let here: GitopsProject;
let there: GitopsProject;
/** As the error has printed it. */
let certificate: string;
const folder = (project = here) => join(project.directory, "rendered");
const withSops = () => ({ PATH: `${sops}${delimiter}${process.env.PATH}` });

const installation = (trustedCas: readonly string[]) => ({
  namespace,
  createNamespace: true,
  identity: { existingSecret: "our-identity" },
  trust: { roots: [], trustedCas, workloadCa: { existingSecret: "our-ca" } },
});

async function contents(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(directory)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const)),
  );
}

/** What Flux's kustomize-controller does with the file, by the same library. */
async function decrypted(file: string) {
  const env = { SOPS_AGE_KEY: key };
  return runProgram(join(sops, "sops"), ["decrypt", join(folder(), file)], { env });
}

beforeAll(async () => {
  sops = await ensureSops();
  key = await generateIdentity();
  recipient = await identityToRecipient(key);
  [here, there] = [await makeGitopsProject(), await makeGitopsProject()];
}, 30 * minute);
afterAll(async () => {
  await here?.[Symbol.asyncDispose]();
  await there?.[Symbol.asyncDispose]();
});

describe("keys that edgectl makes, encrypted by sops", { timeout: 5 * minute }, () => {
  it("01 are made once, and the stack is told to trust the CA before anything is rendered", async () => {
    await here.configure(installation([]));
    const options = ["--gitops", "rendered", "--sops-age", recipient, "--readme"];
    const { code, stderr } = await here.renderWith(withSops(), ...options);
    expect(code).toBe(1);
    expect(stderr).toContain("EDGE_GITOPS_CA_NOT_TRUSTED");
    expect((await readdir(folder())).sort()).toEqual([caFile, identityFile].sort());
    [certificate = ""] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(stderr) ?? [];
    certificate = certificate.replace(/^ +/gm, "");
    await here.configure(installation([certificate]));
    const before = await contents(folder());
    expect(await here.renderWith(withSops(), ...options)).toMatchObject({ code: 0 });
    const after = await contents(folder());
    expect(after).toMatchObject(before);
    expect(after["kustomization.yaml"]).toMatch(
      new RegExp(`namespace_line-1.yaml\\n  - ${identityFile}\\n  - ${caFile}\\n`),
    );
    expect(after["README.md"]).not.toContain("our-identity");
  });

  it("02 are what iotedged loads", async () => {
    const identity = parse((await decrypted(identityFile)).stdout);
    expect(identity).toMatchObject({ kind: "Secret", metadata: { name: "our-identity", namespace } });
    deriveInstallationKeys(identity.stringData["identity.key"]);
    const ca = parse((await decrypted(caFile)).stdout);
    expect(ca).toMatchObject({ type: "kubernetes.io/tls", metadata: { name: "our-ca", namespace } });
    const loaded = await loadWorkloadCa(ca.stringData["tls.crt"], ca.stringData["tls.key"]);
    expect(loaded.notAfter - loaded.notBefore).toBeGreaterThan(729 * 86_400_000);
    expect(new X509Certificate(ca.stringData["tls.crt"]).toString().trim()).toBe(certificate.trim());
    const secrets = [identity.stringData["identity.key"], ca.stringData["tls.key"]].map((pem: string) =>
      createPrivateKey(pem).export({ format: "der", type: "pkcs8" }).toString("base64"),
    );
    const text = Object.values(await contents(folder())).join("\n");
    for (const secret of secrets) expect(text.replace(/\s/g, "")).not.toContain(secret.slice(0, 40));
    expect(text).not.toContain("PRIVATE KEY");
  });

  it("03 are the same on a machine that has neither sops nor the key, and nothing else differs there", async () => {
    await cp(folder(), folder(there), { recursive: true });
    await there.configure(installation([certificate]));
    const { code, stderr } = await there.render("--gitops", "rendered", "--sops-age", recipient, "--readme");
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(" 0 written, 0 removed") });
    expect(await contents(folder(there))).toEqual(await contents(folder()));
  });

  it("04 may not be moved to another Secret, nor lose a part", async () => {
    const file = join(folder(), identityFile);
    const before = await readFile(file, "utf8");
    await writeFile(file, before.replace("name: our-identity", "name: another"));
    expect(await decrypted(identityFile)).toMatchObject({ stderr: expect.stringMatching(/MAC mismatch/) });
    await rm(file);
    const { code, stderr } = await here.renderWith(withSops(), "--gitops", "rendered", "--sops-age", recipient);
    expect([code, stderr]).toEqual([1, expect.stringContaining("EDGE_GITOPS_KEYS_LOST")]);
    await writeFile(file, before);
  });
});
