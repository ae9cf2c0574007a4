import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleEntries } from "../../../runtime/images/node-programs.ts";
import { buildProxy, type RunningProxy, startProxy } from "../../../runtime/proxy/test/proxy.ts";
import { createTestCa } from "../../fakes/test-ca.ts";
import type { MountedCa } from "../../support/mounted-files.ts";
import { startFakeApiServer, tokenFor } from "../iotedged/api-server.ts";
import { writeInstallation } from "../iotedged/installation.ts";
import { startMeasured } from "../iotedged/measured-process.ts";
import { containerNode } from "./container-node.ts";

/** iotedged and a module's proxy, which find changed files by themselves. */
export interface Site {
  readonly proxy: RunningProxy;
  readonly iotedgedPort: number;
  readonly iotedged: { readonly management: number; readonly observability: number; readonly pid: number };
  /** Bytes of RAM of iotedged, after garbage was collected. */
  iotedgedMemory(): Promise<number>;
  readonly generationId: string;
  /** iotedged's CA at the start, and two more. */
  readonly cas: readonly [MountedCa, MountedCa, MountedCa];
  setToken(): Promise<void>;
  /** Gives both sides a bundle of these CAs. */
  setBundle(cas: readonly MountedCa[]): Promise<void>;
  /** Gives iotedged another CA to issue its own certificate from. */
  setCa(ca: MountedCa): Promise<void>;
}

const module = "sensor";
const day = 86_400_000;

/**
 * @param stack ends what was started
 * @param others further modules that there are, without a proxy
 */
export async function startSite(stack: AsyncDisposableStack, others: readonly string[] = []): Promise<Site> {
  const apiServer = await startFakeApiServer([module, ...others]);
  stack.defer(apiServer.close);
  const { files, kubeconfigPath } = await writeInstallation(apiServer.url);
  stack.defer(() => rm(files.root, { recursive: true }));
  const node = containerNode("iotedged");
  const iotedged = await startMeasured<{ port: number; management: number; observability: number }>(
    await bundle(files.root),
    [files.root],
    {
      flags: node.flags,
      environment: { ...node.environment, KUBECONFIG: kubeconfigPath },
    },
  );
  stack.defer(iotedged.stop);
  const { port, management, observability } = iotedged.started;
  const build = await buildProxy();
  stack.defer(() => rm(build, { recursive: true }));
  const proxy = await startProxy(build, {
    upstreamPort: port,
    bundle: files.ca.certificatePem,
    token: tokenFor(module),
  });
  stack.use(proxy);
  await proxy.until("ready", async () => (await proxy.observe("/readyz")).status === 200);

  const times = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  const { layout } = proxy;
  return {
    proxy,
    iotedgedPort: port,
    iotedged: { management, observability, pid: iotedged.pid },
    iotedgedMemory: async () => (await iotedged.ask("memory")).rss,
    generationId: `uid-${module}`,
    cas: [
      files.ca,
      await createTestCa({ name: "second ca", ...times }),
      await createTestCa({ name: "third ca", ...times }),
    ],
    setToken: () => swapFile(layout.tokenFile, tokenFor(module)),
    setBundle: async (cas) => {
      const pem = cas.map(({ certificatePem }) => certificatePem).join("");
      await swapFile(layout.trustBundleFile, pem);
      await files.setTrustBundle(pem);
    },
    setCa: files.setCa,
  };
}

/** The image's own bundle, with another entry that can be told where the mounted files are. */
async function bundle(directory: string): Promise<string> {
  const bundles = await bundleEntries({ iotedged: join(import.meta.dirname, "../iotedged/daemon.ts") });
  const path = join(directory, "iotedged.mjs");
  await writeFile(path, bundles.get("iotedged") ?? "");
  return path;
}

/** As the kubelet does it: no reader sees half a file. */
async function swapFile(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}
