import { describe, expect, it } from "vitest";
import { layoutOf } from "../layout.ts";
import { podNetwork, renderContainerdConfig } from "./containerd.ts";
import { renderCorefile } from "./dns.ts";
import { kubeletConfiguration } from "./kubelet.ts";

const layout = layoutOf("/srv/edge cluster");

describe("the kubelet's configuration", () => {
  it("allows control groups v1 only where they are", () => {
    expect(kubeletConfiguration(layout, "v1")).toMatchObject({ failCgroupV1: false });
    expect(kubeletConfiguration(layout, "v2")).not.toHaveProperty("failCgroupV1");
  });

  it("lets nobody in without a certificate or a token", () => {
    const { authentication, authorization } = kubeletConfiguration(layout, "v2");
    expect(authentication.anonymous.enabled).toBe(false);
    expect(authorization.mode).toBe("Webhook");
  });
});

describe("containerd's configuration", () => {
  it("keeps everything in the cluster's directory", () => {
    const config = renderContainerdConfig(layout, "overlayfs", "/usr/lib/cni");
    const paths = [...config.matchAll(/"(\/[^"]*)"/g)].map((match) => match[1]);
    expect(paths.filter((path) => !path?.startsWith(`${layout.directory}/`))).toEqual(["/usr/lib/cni"]);
    expect(config).toContain("netns_mounts_under_state_dir = true");
  });

  it("gives pods addresses of the pod range", () => {
    expect(podNetwork(layout).plugins[0]).toMatchObject({
      type: "ptp",
      ipam: { ranges: [[{ subnet: "10.244.0.0/22" }]] },
    });
  });
});

describe("CoreDNS's configuration", () => {
  it("asks the machine's own resolver for other names, if there is one", () => {
    expect(renderCorefile(layout, "/etc/resolv.conf")).toContain("\n  forward . /etc/resolv.conf\n");
    expect(renderCorefile(layout, undefined)).not.toContain("forward");
  });

  it("quotes paths", () => {
    expect(renderCorefile(layout, undefined)).toContain('kubeconfig "/srv/edge cluster/config/coredns.kubeconfig"');
  });
});
