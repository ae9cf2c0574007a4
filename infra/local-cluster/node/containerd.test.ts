import { describe, expect, it } from "vitest";
import { layoutOf } from "../layout.ts";
import { clusterPlan } from "../network-plan.ts";
import { podNetwork, renderContainerdConfig } from "./containerd.ts";

const layout = layoutOf("/srv/edge cluster");

describe("containerd's configuration", () => {
  it("keeps everything in the cluster's directory", () => {
    const config = renderContainerdConfig(layout, "overlayfs", "/usr/lib/cni");
    const paths = [...config.matchAll(/"(\/[^"]*)"/g)].map((match) => match[1]);
    expect(paths.filter((path) => !path?.startsWith(`${layout.directory}/`))).toEqual(["/usr/lib/cni"]);
    expect(config).toContain("netns_mounts_under_state_dir = true");
  });

  it("has a handler for RuntimeClasses of GPUs, whose containers are kept where all others are", () => {
    const config = renderContainerdConfig(layout, "overlayfs", "/usr/lib/cni");
    const kept = [...config.matchAll(/runtimes\.(\w+)\.options\]\n +Root = "([^"]+)"/g)].map(([, ...found]) => found);
    const root = "/srv/edge cluster/containerd/runc";
    expect(kept).toEqual([
      ["runc", root],
      ["nvidia", root],
    ]);
  });

  it("gives pods addresses of the pod range", () => {
    expect(podNetwork(layout, clusterPlan("ipv4")).plugins[0]).toMatchObject({
      type: "ptp",
      ipam: { ranges: [[{ subnet: "10.244.0.0/22" }]], routes: [{ dst: "0.0.0.0/0" }] },
    });
    expect(podNetwork(layout, clusterPlan("dual")).plugins[0]).toMatchObject({
      ipam: {
        ranges: [[{ subnet: "10.244.0.0/22" }], [{ subnet: "fd65:6467:6500:244::/64" }]],
        routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
      },
    });
  });
});
