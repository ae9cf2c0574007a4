import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edgectl } from "../support/edgectl.ts";
import { hasRegistryTools, type Registry, registryAccount, startRegistry } from "../support/registry.ts";
import { runProgram } from "../support/run-program.ts";
import { waitFor } from "../support/wait-for.ts";
import { kubectl, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";
import { findingsOf } from "./findings.ts";
import { loadListeners } from "./listener/image.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const minute = 60_000;
const namespace = "private";
const loaded = "localhost/e2e-listener/private:1";
const { username, password } = registryAccount;
const wrong = "wrong-password";

let directory: string;
let stack: Stack;
/** Both ask for the same account; of one the stack has the wrong password. */
let open: Registry;
let closed: Registry;

const module = (image: string) => ({
  type: "docker",
  status: "running",
  restartPolicy: "always",
  settings: { image, createOptions: { Cmd: ["8080"], StopTimeout: 1 } },
});

const deploy = (command: readonly string[], second: string) =>
  edgectl([...command, "--engine", "render", ...stack.args], {
    env: { FIRST_PASSWORD: password, SECOND_PASSWORD: second },
  });
const up = (second: string) => deploy(["up", "--json", "--timeout", "240"], second);

const tools = await hasRegistryTools();

beforeAll(async () => {
  if (!tools) return;
  directory = await mkdtemp(join(tmpdir(), "edge-private-"));
  await loadListeners(directory, [{ reference: loaded, user: "1000" }]);
  [open, closed] = await Promise.all([startRegistry({ credentials: true }), startRegistry({ credentials: true })]);
  for (const { host } of [open, closed]) {
    const copy = ["--insecure-policy", "copy", "--dest-tls-verify=false", "--dest-creds", `${username}:${password}`];
    const images = [`docker-archive:${join(directory, "0.tar")}`, `docker://${host}/plant/web:1`];
    const outcome = await runProgram("skopeo", [...copy, ...images]);
    expect(outcome.code, outcome.stderr).toBe(0);
  }
  const modules = {
    allowed: module(`${open.host}/plant/web:1`),
    refused: module(`${closed.host}/plant/web:1`),
    loaded: module(loaded),
  };
  const deployment = { modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules } } } };
  const installation = { namespace, createNamespace: true, deployment, ...smallResources };
  stack = await createStack("private", [installation], {
    "iotedge:registries": [
      // biome-ignore-start lint/suspicious/noTemplateCurlyInString: edgectl fills them in
      { server: open.host, username, password: "${FIRST_PASSWORD}" },
      { server: closed.host, username, password: "${SECOND_PASSWORD}" },
      // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
    ],
  });
}, 5 * minute);

afterAll(async () => {
  if (!tools) return;
  const down = stack === undefined ? undefined : await deploy(["down"], password);
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found"]);
  await stack?.remove();
  await rm(directory, { recursive: true });
  await open?.[Symbol.asyncDispose]();
  await closed?.[Symbol.asyncDispose]();
  expect(down?.code, down?.stderr).toBe(0);
}, 5 * minute);

describe.skipIf(!tools)("modules of registries that ask for credentials", { timeout: 8 * minute }, () => {
  it("01 run with the stack's, and `up` and `status` tell of the one whose password is wrong", async () => {
    const { code, stderr } = await up(wrong);
    expect(code).toBe(1);
    const { error } = JSON.parse(stderr.slice(stderr.indexOf('{"error"')));
    expect(error.findings).toMatchObject([{ id: "image-unauthorized", component: "refused" }]);
    expect(error.findings[0].fix).toContain(closed.host);
    expect(stderr).not.toContain(wrong);

    const pod = await readyPod(namespace, moduleSelector("allowed"));
    expect(pod.spec.containers[0].image).toBe(`${open.host}/plant/web:1`);
    const findings = await findingsOf(stack);
    expect(Object.keys(findings)).toEqual(["refused"]);
    expect(findings.refused).toMatchObject({
      id: "image-unauthorized",
      message: expect.stringContaining("plant/web:1"),
    });
  });

  it("02 ask nothing for images that were loaded, though the same layers have been pulled", async () => {
    const [before, pulled] = await Promise.all(
      ["loaded", "allowed"].map((name) => readyPod(namespace, moduleSelector(name))),
    );
    expect(pulled?.spec.imagePullSecrets).toEqual([{ name: "iotedged-registries" }]);
    await kubectlOk(["delete", "pod", before?.metadata.name ?? "", "-n", namespace]);
    const after = await readyPod(namespace, moduleSelector("loaded"));
    expect(after.metadata.uid).not.toBe(before?.metadata.uid);
  });

  it("03 start once the password is right", async () => {
    const outcome = await up(password);
    expect(outcome.code, outcome.stderr).toBe(0);
    await readyPod(namespace, moduleSelector("refused"));
    await waitFor("status without findings", async () =>
      Object.keys(await findingsOf(stack)).length === 0 ? true : undefined,
    );
  });
});
