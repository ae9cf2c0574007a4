import { describe, expect, it } from "vitest";
import { layoutOf } from "../layout.ts";
import { clusterPlan } from "../network-plan.ts";
import { kubelet, kubeletConfiguration } from "./kubelet.ts";

const layout = layoutOf("/srv/edge cluster");

describe("the kubelet's configuration", () => {
  it("allows control groups v1 only where they are", () => {
    expect(kubeletConfiguration(layout, clusterPlan("ipv4"), "v1")).toMatchObject({ failCgroupV1: false });
    expect(kubeletConfiguration(layout, clusterPlan("ipv4"), "v2")).not.toHaveProperty("failCgroupV1");
  });

  it("lets nobody in without a certificate or a token", () => {
    const { authentication, authorization } = kubeletConfiguration(layout, clusterPlan("ipv4"), "v2");
    expect(authentication.anonymous.enabled).toBe(false);
    expect(authorization.mode).toBe("Webhook");
  });

  it("asks for no credentials for images that are there", () => {
    const { imagePullCredentialsVerificationPolicy: policy } = kubeletConfiguration(layout, clusterPlan("ipv4"), "v1");
    expect(policy).toBe("NeverVerify");
  });
});

describe("the kubelet", () => {
  it.each([
    ["ipv4", "10.245.0.1"],
    ["ipv6", "fd65:6467:6500:245::1"],
    ["dual", "10.245.0.1,fd65:6467:6500:245::1"],
  ] as const)("tells the addresses of its node, of %s", (families, addresses) => {
    expect(kubelet(layout, "/cache/1", clusterPlan(families)).args).toContain(`--node-ip=${addresses}`);
  });
});
