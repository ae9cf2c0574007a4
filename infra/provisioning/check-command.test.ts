import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../render/index.ts";
import { connectedIn } from "./check-command.ts";

const installation = (namespace: string, provisioning?: object): readonly KubernetesObject[] => [
  {
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "iotedged-config", namespace } },
    data: { "config.json": JSON.stringify({ hubHostname: "hub.test", provisioning }) },
  } as KubernetesObject,
  {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "iotedged", namespace } },
    spec: {
      template: { spec: { volumes: [{ name: "provisioning", secret: { secretName: `${namespace}-device` } }] } },
    },
  } as KubernetesObject,
];
const manual = { source: "manual" };

describe("the installation that is looked at", () => {
  it("is the one that is connected, with the Secret that it mounts", () => {
    const objects = [...installation("a"), ...installation("b", manual)];
    expect(connectedIn(objects, { stack: "s" })).toEqual({
      namespace: "b",
      secretName: "b-device",
      settings: { hubHostname: "hub.test", provisioning: manual },
    });
  });

  it("is named where there are several", () => {
    const objects = [...installation("a", manual), ...installation("b", manual)];
    expect(() => connectedIn(objects, { stack: "s" })).toThrow("several connected installations: a, b");
    expect(connectedIn(objects, { stack: "s", namespace: "a" }).secretName).toBe("a-device");
    expect(() => connectedIn(objects, { stack: "s", namespace: "c" })).toThrow("in namespace c");
  });
});
