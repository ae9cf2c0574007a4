import { expect, it } from "vitest";
import { type AgentSettings, defaultModuleSettings } from "#contract";
import type { LiveObject } from "../../kubernetes/kubernetes-types.ts";
import { judgeReadOnlyMounts } from "./read-only-mounts.ts";

const node = (name: string, runtimeHandlers?: readonly object[]) =>
  ({
    metadata: { name },
    status: {
      nodeInfo: { kubeletVersion: "v1.36.1", containerRuntimeVersion: "containerd://1.6.20" },
      runtimeHandlers,
    },
  }) as unknown as LiveObject;
const old = node("old");
const able = node("new", [
  { name: "", features: { recursiveReadOnlyMounts: true } },
  { name: "nvidia", features: { recursiveReadOnlyMounts: false } },
]);
const byNameAlone = node("named", [
  { name: "", features: { recursiveReadOnlyMounts: false } },
  { name: "crun", features: { recursiveReadOnlyMounts: true } },
]);

function judge(nodes: readonly LiveObject[], bind = "/data:/data:ro", more: object = {}, status = "running") {
  const createOptions = { HostConfig: { Binds: [bind] } };
  const reader = { type: "docker", status, settings: { image: "r/a:1", createOptions } };
  const hostPaths = [{ pathPrefix: "/data", readOnly: true, ...more }];
  const modules = { ...defaultModuleSettings, policy: { ...defaultModuleSettings.policy, hostPaths } };
  const manifest = JSON.stringify({ schemaVersion: "1.1", modules: { reader } });
  const settings = { modules } as unknown as AgentSettings;
  return judgeReadOnlyMounts({ namespace: "line-1", iotedged: {}, settings, manifest, networkPolicies: [] }, nodes);
}

it("names nodes that cannot, the modules that ask for it, and the way out", () => {
  expect(judge([old, byNameAlone])).toMatchObject({
    severity: "error",
    message: expect.stringContaining("line-1: no node says that it can"),
    evidence: "asked for by reader; old has v1.36.1, containerd://1.6.20; named has v1.36.1, containerd://1.6.20",
    fix: expect.stringContaining(
      '"recursiveReadOnly": "IfPossible" beside the pathPrefix in edgeAgent.policy.hostPaths',
    ),
  });
  expect(judge([old, able])).toMatchObject({ severity: "warning", message: expect.stringContaining("some nodes") });
});

it("has nothing to say where nodes can, or nobody asks for it", () => {
  const quiet = [
    judge([able]),
    judge([old], "/data:/data:ro", { recursiveReadOnly: "IfPossible" }),
    judge([old], "/data:/data", { readOnly: false }),
    judge([old], "data:/data"),
    judge([old], "/data:/data:ro", {}, "stopped"),
  ];
  expect(quiet).toEqual(quiet.map(() => expect.objectContaining({ severity: "ok" })));
});
