import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dataKeys, labels, objectNames, partOf, tokenAudience } from "#contract";
import { buildProxy, type RunningProxy, startProxy } from "../../../runtime/proxy/test/proxy.ts";
import type { TestCa } from "../../fakes/test-ca.ts";
import { type RunningIotedged, startIotedged } from "../../support/iotedged-process.ts";
import { patchBy } from "../../support/merge-patch.ts";
import type { TestNamespace } from "../../support/test-namespace.ts";
import { type Mounted, type Relay, startRelay } from "./relay.ts";

/** iotedged and modules with real proxies, on this machine, with the kubelet's part played by this test. */
export interface Site {
  readonly iotedged: RunningIotedged;
  readonly modules: readonly SiteModule[];
  /** While set, that module's files stay as they are. */
  hold(module: SiteModule | undefined): void;
  stop(): Promise<void>;
}

export interface SiteModule {
  readonly name: string;
  readonly pod: string;
  readonly proxy: RunningProxy;
  /** Status of a call through the proxy; 0 when there was no answer. */
  call(path: string, body?: object): Promise<number>;
}

const interval = 300;

export async function startSite(namespace: TestNamespace, count: number): Promise<Site> {
  const build = await buildProxy();
  let mounted = await readMounted(namespace);
  await createRunningPod(namespace, "iotedged-0", objectNames.iotedged, objectNames.iotedged);
  const iotedged = await startIotedged({
    kubeConfig: await namespace.kubeConfigOf("iotedged"),
    name: namespace.name,
    namespace: namespace.name,
    ca: caOf(mounted),
    trustBundle: mounted.bundle,
  });
  const started: { readonly module: SiteModule; readonly relay: Relay }[] = [];
  for (let index = 0; index < count; index++) started.push(await startModule(`m${index}`));
  let held: SiteModule | undefined;
  let running = true;
  const kubelet = deliver();

  async function startModule(name: string) {
    const account = await namespace.createAccount(name, name);
    const pod = await createRunningPod(namespace, `${name}-1`, name, name);
    const audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
    const token = await namespace.token(name, { audience, pod });
    let proxy: RunningProxy | undefined;
    const relay = await startRelay({
      mounted,
      upstreamPort: iotedged.daemon.ports.workload,
      loadedBundle: () => proxy && join(proxy.layout.scratch, "live", "trust_bundle.pem"),
    });
    proxy = await startProxy(build, { upstreamPort: relay.port, bundle: mounted.bundle, token });
    const base = `http://127.0.0.1:${proxy.layout.workloadPort}`;
    const module: SiteModule = {
      name,
      pod: pod.metadata.name,
      proxy,
      call: async (path, body) => {
        const url = `${base}${path.replace("{}", `modules/${name}/genid/${account.metadata.uid}`)}?api-version=2020-07-07`;
        const post = body && {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "content-type": "application/json" },
        };
        const answer = await fetch(url, post).catch(() => undefined);
        await answer?.arrayBuffer().catch(() => undefined);
        return answer?.status ?? 0;
      },
    };
    return { module, relay };
  }

  /** Brings changed ConfigMaps and Secrets to the mounted files, to each pod at a time of its own. */
  async function deliver(): Promise<void> {
    while (running) {
      await sleep(interval);
      const next = await readMounted(namespace).catch(() => mounted);
      if (JSON.stringify(next) === JSON.stringify(mounted)) continue;
      mounted = next;
      await iotedged.setTrustBundle(next.bundle);
      await iotedged.setCa(caOf(next));
      for (const { module, relay } of started.toReversed()) {
        if (module !== held) await module.proxy.replace("bundle", next.bundle);
        await sleep(interval);
        await relay.follow(next);
      }
    }
  }

  return {
    iotedged,
    modules: started.map(({ module }) => module),
    hold: (module) => {
      const released = held;
      held = module;
      if (module === undefined && released !== undefined) void released.proxy.replace("bundle", mounted.bundle);
    },
    stop: async () => {
      running = false;
      await kubelet;
      for (const { module, relay } of started) {
        await module.proxy[Symbol.asyncDispose]();
        await relay.close();
      }
      await iotedged.stop();
    },
  };
}

async function readMounted(namespace: TestNamespace): Promise<Mounted> {
  const get = <T>(plural: string, name: string) =>
    namespace.client.call<{ data: T }>({ verb: "get", path: namespace.path("api/v1", plural, name) });
  const bundle = await get<Record<string, string>>("configmaps", objectNames.trustBundle);
  const secret = await get<Record<string, string>>("secrets", objectNames.workloadCa);
  const decode = (key: string) => Buffer.from(secret.data[key] ?? "", "base64").toString("utf8");
  return {
    bundle: bundle.data[dataKeys.trustBundle] ?? "",
    certificate: decode(dataKeys.certificate),
    key: decode(dataKeys.privateKey),
  };
}

function caOf({ certificate, key }: Mounted): TestCa {
  return { certificatePem: certificate, keyPem: key } as TestCa;
}

/** A pod that says that it runs; there is no kubelet to run it. */
async function createRunningPod(namespace: TestNamespace, name: string, account: string, module: string) {
  const own = module === objectNames.iotedged ? {} : { [labels.module]: module };
  const pod = await namespace.create("api/v1", "pods", {
    metadata: { name, labels: { [labels.partOf]: partOf, [labels.name]: module, ...own } },
    spec: { serviceAccountName: account, containers: [{ name: "proxy", image: "registry.invalid/x:1" }] },
  });
  const state = { running: { startedAt: new Date().toISOString() } };
  const container = { name: "proxy", image: "x", imageID: "x", ready: true, restartCount: 0, state };
  await patchBy(namespace.client, `${namespace.path("api/v1", "pods", name)}/status`, {
    status: { phase: "Running", containerStatuses: [container] },
  });
  return pod;
}
