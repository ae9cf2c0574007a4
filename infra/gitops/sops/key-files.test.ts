import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keyFiles } from "./key-files.ts";

const recipient = "age1808n82czrh2de9547sk9hyu2kzfl56vfetrxlmpvzzgfz704p5vs4ycn7m";
const identityFile = "sops-secret_line-1_our-identity.yaml";
const caFile = "sops-secret_line-1_our-ca.yaml";
const ca = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-key-files-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const encrypted = (more = "") => `apiVersion: v1
kind: Secret
metadata: { name: any, namespace: line-1${more} }
stringData: { key: "ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]" }
sops: { mac: "ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]" }
`;
const ofCa = () => encrypted(`, annotations: { iotedge.dev/ca-certificate: ${JSON.stringify(ca)} }`);

function files(change: object = {}, recipients: readonly string[] = []) {
  const installation = {
    namespace: "line-1",
    identity: { existingSecret: "our-identity" },
    trust: { workloadCa: { existingSecret: "our-ca" }, trustedCas: [ca.replaceAll("\n", "\r\n")] },
    ...change,
  };
  const { signal } = new AbortController();
  return keyFiles(directory, { installations: JSON.stringify([installation]), recipients, now: 0, signal });
}
const put = (name: string, text: string) => writeFile(join(directory, name), text);

describe("encrypted keys in a folder of manifests", () => {
  it("stay byte by byte, whoever renders, and need no sops", async () => {
    vi.stubEnv("PATH", directory);
    await put(identityFile, encrypted());
    await put(caFile, ofCa());
    for (const recipients of [[], [recipient]]) {
      expect(await files({}, recipients)).toEqual([
        { name: identityFile, content: encrypted() },
        { name: caFile, content: ofCa() },
      ]);
    }
    expect((await readdir(directory)).sort()).toEqual([caFile, identityFile].sort());
    expect(await readFile(join(directory, caFile), "utf8")).toBe(ofCa());
  });

  it("are none where nobody asks for them", async () => {
    expect(await files()).toEqual([]);
    expect(await files({ identity: {}, trust: {} }, [recipient])).toEqual([]);
  });

  it("are not written in the clear where there is no sops", async () => {
    vi.stubEnv("PATH", directory);
    await expect(files({}, [recipient])).rejects.toMatchObject({ code: "EDGE_GITOPS_SOPS_MISSING" });
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(["identity key", "CA"])("are not made anew where only the %s of a pair is there", async (there) => {
    const [file, lost] = there === "CA" ? [caFile, identityFile] : [identityFile, caFile];
    await put(file, ofCa());
    const error = await files({}, [recipient]).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "EDGE_GITOPS_KEYS_LOST", message: expect.stringContaining(lost) });
    expect(await readdir(directory)).toEqual([file]);
  });

  it("do not leave the kustomization without a word", async () => {
    await put("kustomization.yaml", `resources:\n  - ${identityFile}\n  - role_line-1_iotedged.yaml\n`);
    await expect(files()).rejects.toMatchObject({ code: "EDGE_GITOPS_KEYS_LOST" });
  });

  it.each([
    ["decrypted", encrypted().replace(/key: .*ENC\[/, 'key: "x" #')],
    ["without a signature", encrypted().replace("mac:", "version:")],
    ["another object", encrypted().replace("kind: Secret", "kind: ConfigMap")],
    ["no YAML", "{"],
    ["larger than any", `#${"x".repeat(1024 * 1024)}\n${encrypted()}`],
  ])("are refused when one is %s", async (_, text) => {
    await put(identityFile, text);
    await expect(files()).rejects.toMatchObject({ code: "EDGE_GITOPS_KEYS_PLAIN" });
  });

  it("wait for the CA to be trusted, and say what to add", async () => {
    await put(identityFile, encrypted());
    await put(caFile, ofCa());
    const error = await files({ trust: { workloadCa: { existingSecret: "our-ca" } } }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "EDGE_GITOPS_CA_NOT_TRUSTED", remedy: expect.stringContaining(ca.trim()) });
  });

  it("are for recipients of age alone, and a secret key given by mistake is not shown", async () => {
    const secret = "AGE-SECRET-KEY-1AAAA";
    const error = await files({}, [recipient, secret]).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "EDGE_GITOPS_RECIPIENT", message: expect.stringContaining("recipient 2") });
    expect(`${error.message} ${error.remedy} ${error.cause}`).not.toContain(secret);
  });
});
