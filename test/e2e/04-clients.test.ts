import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";
import { type Manifest, modulesOf, readManifest, writeManifest } from "./deployment-manifest.ts";
import { buildPythonModule } from "./python-module/image.ts";
import { loadTestImage } from "./test-images.ts";

const namespace = "edge-b";
let original: Manifest;

interface Counts {
  readonly moduleId: string;
  readonly sent: number;
  readonly received: number;
}

/** What the hub of an installation has passed on since it was started. */
async function messages(where: string): Promise<readonly Counts[]> {
  const command = ["exec", "deployment/edgehub", "-n", where, "-c", "edgehub", "--", "/bin/node", "/app/main.mjs"];
  return JSON.parse(await kubectlOk([...command, "messages"])).modules;
}

const logOf = async (target: string, container: string) =>
  kubectlOk(["logs", target, "-n", namespace, "-c", container, "--tail=20"]);
const plainModule = () => readFile(join(import.meta.dirname, "plain-module.mjs"), "utf8");

beforeAll(async () => {
  original = await readManifest(namespace);
  const next = structuredClone(original);
  const { sensor } = modulesOf(next);
  const command = ["/bin/node", "--input-type=module", "-e", await plainModule()];
  const python = await loadTestImage(buildPythonModule);
  modulesOf(next).python = { ...sensor, settings: { image: python } };
  modulesOf(next).plain = { ...sensor, settings: { ...sensor.settings, createOptions: { Entrypoint: command } } };
  await writeManifest(namespace, next);
  // The SDK takes a minute to come back; meanwhile the other tests run.
  await kubectlOk(["delete", "pod", "-n", "edge-a", "-l", moduleSelector("edgehub")]);
});

afterAll(async () => {
  await kubectl(["delete", "job/once", "-n", namespace, "--ignore-not-found"]);
  await writeManifest(namespace, original);
});

describe("modules that were written for IoT Edge run unchanged", () => {
  it("01 with the SDK of PyPI: the hub takes the token that iotedged signed for it", async () => {
    await readyPod(namespace, moduleSelector("python"));
    const python = await waitFor("messages of the Python module", async () =>
      (await messages(namespace)).find(({ moduleId, sent }) => moduleId === "python" && sent > 1),
    );
    expect(python.received).toBe(0);
    expect(await logOf("deployment/python", "python")).toContain('"event": "sent"');
  });

  it("02 with nothing but the environment variables and HTTP", async () => {
    const log = await waitFor("its answers", async () => {
      const text = await logOf("deployment/plain", "plain");
      return text.includes("digest") ? text : undefined;
    });
    expect(JSON.parse(log)).toEqual({
      digest: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      plaintext: "secret",
      authorities: expect.any(Number),
      chain: 2,
    });
  });

  it("03 in a Job: the pod ends when the module ends, with the proxy beside it", async () => {
    const [deployment] = (await items("deployments", ["-n", namespace])).filter((d) => d.metadata.name === "plain");
    const { template } = deployment?.spec ?? {};
    const [container] = template.spec.containers;
    const { "net.azure-devices.edge.module": _, ...labels } = template.metadata.labels;
    const spec = {
      ...template.spec,
      restartPolicy: "Never",
      containers: [{ ...container, env: [...container.env, { name: "ONCE", value: "1" }] }],
    };
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "once", namespace },
      spec: { backoffLimit: 0, template: { metadata: { labels }, spec } },
    };
    await kubectlOk(["create", "-f", "-"], JSON.stringify(job));
    await kubectlOk(["wait", "--for=condition=complete", "job/once", "-n", namespace, "--timeout=60s"]);
    const [pod] = await items("pods", ["-n", namespace, "-l", "batch.kubernetes.io/job-name=once"]);
    expect(pod?.status.phase).toBe("Succeeded");
    const proxy = pod?.status.initContainerStatuses[0];
    expect(proxy.state.terminated).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(await logOf("job/once", "plain")).digest).toBe(
      JSON.parse(await logOf("deployment/plain", "plain")).digest,
    );
  });

  it("04 with the SDK of npm: modules come back when the hub was away", async () => {
    await waitFor("messages through the new hub", async () =>
      (await messages("edge-a")).find(({ moduleId, received }) => moduleId === "consumer" && received > 0),
    );
  });
});
