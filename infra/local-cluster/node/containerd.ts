import { existsSync, mkdirSync, statfsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { cniPluginDirectory } from "../host/packages.ts";
import type { Layout } from "../layout.ts";
import { type ClusterPlan, networkPlan } from "../network-plan.ts";
import type { Component } from "../process/component.ts";
import { containerdClient } from "./containerd-client.ts";
import { pauseImage } from "./pause-image.ts";

/** File system magic of overlayfs, on which another overlayfs cannot be mounted. */
const overlayFileSystem = 0x794c7630;

/** Variables that containerd takes from the user's environment: image pulls may have to go through a proxy. */
const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/** Writes containerd's configuration and that of the pod network. */
export function configureContainerd(layout: Layout, plan: ClusterPlan): void {
  mkdirSync(layout.config("cni"), { recursive: true });
  writeFileSync(layout.config("cni/10-edge.conflist"), JSON.stringify(podNetwork(layout, plan)));
  mkdirSync(layout.data("containerd"), { recursive: true });
  const { type } = statfsSync(layout.directory);
  const snapshotter = type === overlayFileSystem ? "native" : "overlayfs";
  writeFileSync(layout.config("containerd.toml"), renderContainerdConfig(layout, snapshotter, cniPluginDirectory()));
}

/**
 * Handlers of RuntimeClasses. That of GPUs runs containers as all others are, so that what asks for it can be tried on a
 * machine without any.
 */
const runtimes = ["runc", "nvidia"] as const;

function renderRuntime(name: (typeof runtimes)[number], root: string): string {
  const runtime = `[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}`;
  return `    ${runtime}]
      runtime_type = "io.containerd.runc.v2"
      ${runtime}.options]
        Root = ${JSON.stringify(root)}
`;
}

/** Renders containerd's configuration. Everything that it writes is inside the cluster's directory. */
export function renderContainerdConfig(layout: Layout, snapshotter: string, pluginDirectory: string): string {
  const text = (value: string) => JSON.stringify(value);
  const cri = `[plugins."io.containerd.grpc.v1.cri"`;
  return `version = 2
root = ${text(layout.data("containerd/root"))}
state = ${text(layout.data("containerd/state"))}
[grpc]
  address = ${text(layout.containerdSocket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${text(layout.data("containerd/opt"))}
${cri}]
  sandbox_image = ${text(pauseImage)}
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  ${cri}.containerd]
    snapshotter = ${text(snapshotter)}
${runtimes.map((name) => renderRuntime(name, dirname(layout.containers))).join("")}  ${cri}.cni]
    bin_dir = ${text(pluginDirectory)}
    conf_dir = ${text(layout.config("cni"))}
`;
}

/** The CNI network. The node masquerades what leaves it by a rule of its own, instead of one chain per pod. */
export function podNetwork(layout: Layout, plan: ClusterPlan) {
  return {
    cniVersion: "0.4.0",
    name: networkPlan.cniNetwork,
    plugins: [
      {
        type: "ptp",
        ipMasq: false,
        ipam: {
          type: "host-local",
          dataDir: layout.data("pod-addresses"),
          ranges: plan.map(({ podRange }) => [{ subnet: podRange }]),
          routes: plan.map(({ family }) => ({ dst: family === "IPv4" ? "0.0.0.0/0" : "::/0" })),
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

export function containerd(layout: Layout, environment: NodeJS.ProcessEnv = process.env): Component {
  const proxies = proxyVariables.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    name: "containerd",
    command: "containerd",
    args: ["--config", layout.config("containerd.toml"), "--log-level", "warn"],
    environment: Object.fromEntries(proxies),
    ready: async () => existsSync(layout.containerdSocket) && (await containerdClient(layout, ["version"])).code === 0,
  };
}
