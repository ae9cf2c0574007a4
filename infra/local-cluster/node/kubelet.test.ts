import { describe, expect, it } from "vitest";
import { layoutOf } from "../layout.ts";
import { kubeletConfiguration } from "./kubelet.ts";

const layout = layoutOf("/srv/edge cluster");

describe("the kubelet's configuration", () => {
  it("allows control groups v1 only where they are", () => {
    expect(kubeletConfiguration(layout, "v1")).toMatchObject({ failCgroupV1: false });
    expect(kubeletConfiguration(layout, "v2")).not.toHaveProperty("failCgroupV1");
  });

  it("asks for no credentials for images that are there", () => {
    const { imagePullCredentialsVerificationPolicy: policy } = kubeletConfiguration(layout, "v1");
    expect(policy).toBe("NeverVerify");
  });

  it("lets nobody in without a certificate or a token", () => {
    const { authentication, authorization } = kubeletConfiguration(layout, "v2");
    expect(authentication.anonymous.enabled).toBe(false);
    expect(authorization.mode).toBe("Webhook");
  });
});
