import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stringify } from "yaml";
import { makeSigner, type Signer } from "../support/cosign.ts";
import { documentedFlux } from "../support/documented-flux.ts";
import { edgectl } from "../support/edgectl.ts";
import { type Flux, fluxNamespace, startFlux } from "../support/flux.ts";
import { hasRegistryTools, type Registry, startRegistry } from "../support/registry.ts";
import { leaksIn, tracesOf } from "../support/secret-traces.ts";
import { ensureSops } from "../support/sops.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";
import { tracesOfSecrets } from "./secrets.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const hasTools = await hasRegistryTools();
const minutes = 60_000;
const namespaces = ["gitops-a", "gitops-b"];
/** Limit against hanging alone, in seconds. */
const patience = 300;
/** Keys that each installation has. */
const ofInstallation = ["our-identity/identity.key", "our-ca/tls.key"];
/** Stands in the state and in the configuration of the machine that renders. */
const canary = "canary-7f3f0d0f5f0e4f4b";
const module = {
  type: "docker",
  status: "running",
  restartPolicy: "always",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: edgectl fills it in
  settings: { image: "${MODULES.sample}", createOptions: { Cmd: ["sensor"] } },
};
const deployment = {
  modulesContent: {
    $edgeAgent: {
      "properties.desired": {
        schemaVersion: "1.1",
        runtime: { type: "docker", settings: {} },
        systemModules: {},
        modules: { sensor: module },
      },
    },
  },
};

let directory: string;
let registry: Registry;
let flux: Flux;
let signer: Signer;
let here: Stack;
let there: Stack;
let recipient: string;
let sops: string;
let printed = "";
const folder = (stack: Stack) => join(stack.directory, "rendered");

function installations(trustedCas: readonly (readonly string[])[]) {
  return namespaces.map((namespace, index) => ({
    namespace,
    createNamespace: true,
    networkPolicy: { dnsPorts: [53, 10053] },
    ...smallResources,
    identity: { existingSecret: "our-identity" },
    trust: { roots: [], trustedCas: trustedCas[index], workloadCa: { existingSecret: "our-ca" } },
    deployment,
  }));
}

async function configure(stack: Stack, trustedCas: readonly (readonly string[])[]): Promise<void> {
  const config = {
    "iotedge:imagesFile": ".edge/images.json",
    "iotedge:installations": installations(trustedCas),
    "plant:apiKey": canary,
  };
  await writeFile(join(stack.directory, "stacks/Pulumi.gitops.yaml"), stringify({ config }));
}

async function render(stack: Stack, env: Readonly<Record<string, string>>, ...more: string[]) {
  const args = ["render", "--project", stack.directory, "--stack", "gitops", "--gitops", folder(stack), ...more];
  const outcome = await edgectl(args, { env });
  printed += outcome.stdout + outcome.stderr;
  return outcome;
}

async function contents(path: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(path)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(path, name), "utf8")));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
}

/** Flux's objects as docs/gitops.md shows them, for this registry and both installations. */
async function fluxObjects(): Promise<readonly object[]> {
  const [source, kustomization] = await documentedFlux();
  const { dependsOn: _, healthChecks, ...spec } = kustomization.spec;
  const url = `oci://${registry.host}/fleet/gitops`;
  const checks = namespaces.flatMap((namespace) => healthChecks.map((check: object) => ({ ...check, namespace })));
  return [
    { ...source, spec: { ...source.spec, url, insecure: true } },
    { ...kustomization, spec: { ...spec, healthChecks: checks } },
  ];
}

const kustomization = async () =>
  JSON.parse(await kubectlOk(["get", "kustomization", "iotedge", "-n", fluxNamespace, "-o", "json"]));

beforeAll(async () => {
  if (!hasTools) return;
  directory = await mkdtemp(join(tmpdir(), "edge-e2e-gitops-"));
  [here, there] = [await createStack("gitops", []), await createStack("gitops", [])];
  registry = await startRegistry();
  [sops, signer] = [await ensureSops(), await makeSigner(directory)];
  const ageKey = await generateIdentity();
  recipient = await identityToRecipient(ageKey);
  flux = await startFlux({ kubeconfig: inject("kubeconfig"), kubectl: inject("kubectl") });
  for (const [name, key, value] of [
    ["sops-age", "age.agekey", ageKey],
    ["cosign-pub", "cosign.pub", signer.publicKey],
  ] as const) {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: fluxNamespace } };
    await kubectlOk(["apply", "-f", "-"], JSON.stringify({ ...secret, stringData: { [key]: value } }));
  }
}, 30 * minutes);

afterAll(async () => {
  if (!hasTools) return;
  for (const kind of ["kustomization", "ocirepository"]) {
    await kubectl(["delete", kind, "iotedge", "-n", fluxNamespace, "--ignore-not-found", "--timeout=120s"]);
  }
  await flux?.stop();
  await kubectl(["delete", "namespace", fluxNamespace, ...namespaces, "--ignore-not-found", "--wait=false"]);
  const definitions = (await items("customresourcedefinitions")).map(({ metadata }) => metadata.name);
  const ofFlux = definitions.filter((name) => name.endsWith("toolkit.fluxcd.io"));
  if (ofFlux.length > 0) await kubectl(["delete", "customresourcedefinitions", ...ofFlux, "--timeout=60s"]);
  await registry?.[Symbol.asyncDispose]();
  for (const stack of [here, there]) await stack?.remove();
  await rm(directory, { recursive: true, force: true });
});

describe.skipIf(!hasTools)("two installations by Flux, without a key on the way", { timeout: 15 * minutes }, () => {
  it("01 are rendered alike on two machines, and nothing of a machine is in what they push", async () => {
    await mkdir(join(here.directory, ".edge/state"), { recursive: true });
    await writeFile(join(here.directory, ".edge/state/gitops.json"), JSON.stringify({ canary }));
    await configure(here, [[], []]);
    const env = { PATH: `${sops}${delimiter}${process.env.PATH}` };
    const trusted: string[][] = [[], []];
    for (const index of namespaces.keys()) {
      const { stderr } = await render(here, env, "--sops-age", recipient);
      const [certificate = ""] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(stderr) ?? [];
      expect(stderr).toContain(`${namespaces[index]}/our-ca`);
      trusted[index] = [certificate.replace(/^ +/gm, "")];
      await configure(here, trusted);
    }
    await configure(there, trusted);
    expect(await render(here, {})).toMatchObject({ code: 0 });
    await mkdir(folder(there));
    for (const name of Object.keys(await contents(folder(here))).filter((one) => one.startsWith("sops-"))) {
      await cp(join(folder(here), name), join(folder(there), name));
    }
    const to = `oci://${registry.host}/fleet/gitops:stable`;
    const pushed = await Promise.all([here, there].map((stack) => render(stack, {}, "--push", to, "--insecure")));
    expect(pushed).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(pushed[0]?.stdout).toBe(pushed[1]?.stdout);
    expect(await contents(folder(here))).toEqual(await contents(folder(there)));
    await signer.sign(pushed[0]?.stdout ?? "");
  });

  it("02 run on real pods, with the keys that Flux has decrypted", async () => {
    await kubectlOk(["apply", "-f", "-"], (await fluxObjects()).map((one) => stringify(one)).join("---\n"));
    for (const namespace of namespaces) {
      await readyPod(namespace, "app.kubernetes.io/name=iotedged");
      await readyPod(namespace, moduleSelector("sensor"));
    }
    await waitFor(
      `Flux to call it ready\n${flux.log.slice(-20).join("\n")}`,
      async () => {
        const { status } = await kustomization();
        const ready = status?.conditions?.find(({ type }: { type: string }) => type === "Ready");
        return ready?.status === "True" || undefined;
      },
      patience,
    );
  });

  it("03 are changed by no further reconciliation", async () => {
    const kinds = "roles,rolebindings,secrets,serviceaccounts,services,networkpolicies";
    const versions = async () => {
      const all = await Promise.all(namespaces.map((namespace) => items(kinds, ["-n", namespace])));
      return all
        .flat()
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name} ${metadata.resourceVersion}`);
    };
    const generations = async () =>
      (await Promise.all(namespaces.map((namespace) => items("deployments", ["-n", namespace]))))
        .flat()
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name} ${metadata.generation}`);
    const before = [await versions(), await generations()];
    expect(before[0]?.length).toBeGreaterThan(20);
    const now = String(Date.now());
    const at = `reconcile.fluxcd.io/requestedAt=${now}`;
    await kubectlOk(["annotate", "kustomization", "iotedge", "-n", fluxNamespace, "--overwrite", at]);
    await waitFor(
      "Flux to have looked",
      async () => (await kustomization()).status.lastHandledReconcileAt === now || undefined,
      patience,
    );
    expect([await versions(), await generations()]).toEqual(before);
  });

  it("04 have told nobody what was secret", async () => {
    const logs = await Promise.all(
      namespaces.map((namespace) => kubectlOk(["logs", "-n", namespace, "deployment/iotedged", "--tail=-1"])),
    );
    const traces = new Map([["canary", tracesOf(Buffer.from(canary))]]);
    for (const namespace of namespaces) {
      const found = await tracesOfSecrets(namespace);
      expect([...found.keys()]).toEqual(expect.arrayContaining(ofInstallation));
      for (const [name, list] of found) traces.set(`${namespace}/${name}`, [...list]);
    }
    const texts = { printed, flux: flux.log.join("\n"), iotedged: logs.join("\n"), ...(await contents(folder(here))) };
    const seen = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const);
    expect(leaksIn([...seen, ...(await registry.blobs())], traces)).toEqual([]);
  });
});
