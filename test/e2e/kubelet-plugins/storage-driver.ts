import { mkdir, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { items, kubectl } from "../cluster.ts";
import { startDriver } from "./driver-registration.ts";
import { answering, serviceOf } from "./plugin-server.ts";

/**
 * A storage driver whose volumes one node at a time can have: Kubernetes attaches and detaches them, as it does with a
 * disk of a SAN. A volume is a directory that is there for as long as its pod.
 */
export async function startStorageDriver({ driver, node }: { readonly driver: string; readonly node: string }) {
  const registered = await startDriver({
    type: "CSIPlugin",
    name: driver,
    versions: ["1.0.0"],
    service: [
      serviceOf("csi.proto", "csi.v1.Node"),
      {
        NodeGetInfo: answering(() => ({ node_id: node })),
        NodeGetCapabilities: answering(() => ({})),
        NodePublishVolume: answering(async ({ target_path }: { target_path: string }) => {
          await mkdir(target_path, { recursive: true });
          return {};
        }),
        NodeUnpublishVolume: answering(async ({ target_path }: { target_path: string }) => {
          await rm(target_path, { recursive: true, force: true });
          return {};
        }),
      },
    ],
  });
  const stopping = new AbortController();
  const attaching = attach(driver, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await attaching;
      await registered.stop();
    },
  };
}

/** What a driver's controller does: it attaches whatever Kubernetes wants attached. */
async function attach(driver: string, signal: AbortSignal): Promise<void> {
  const done = JSON.stringify({ status: { attached: true } });
  while (!signal.aborted) {
    const wanted = (await items("volumeattachments")).filter(
      ({ spec, status }) => spec.attacher === driver && status?.attached !== true,
    );
    for (const { metadata } of wanted) {
      await kubectl(["patch", "volumeattachment", metadata.name, "--subresource=status", "--type=merge", "-p", done]);
    }
    await sleep(1000, undefined, { signal }).catch(() => undefined);
  }
}
