import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseManifest } from "./parse-manifest.ts";

describe("any input", () => {
  const keys = fc.constantFrom(
    ...["modulesContent", "$edgeAgent", "properties.desired", "schemaVersion", "modules", "systemModules", "runtime"],
    ...[
      "edgeAgent",
      "edgeHub",
      "a",
      "__proto__",
      "settings",
      "image",
      "createOptions",
      "createOptions01",
      "env",
      "value",
    ],
    ...["HostConfig", "PortBindings", "ExposedPorts", "80/tcp", "Mounts", "Env", "Cmd", "User", "Privileged", "CapAdd"],
    ...["Healthcheck", "Test", "Interval", "Tmpfs", "ShmSize", "Volumes", "Binds", "Type", "Target", "Labels", "Dns"],
    ...["ExtraHosts", "Sysctls", "GroupAdd", "Memory", "NanoCpus", "valueFrom", "secretKeyRef", "name", "key"],
    ...["k8s-experimental", "k8s-extensions", "volumes", "volume", "volumeMounts", "resources", "limits", "affinity"],
    ...["securityContext", "strategy", "serviceOptions", "nodePorts", "tolerations", "annotations", "replicas"],
  );
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom<unknown>("1.1", "docker", "{}", { toString: 1, valueOf: 1 }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      leaf,
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.array(fc.tuple(keys, tie("tree")), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));

  it("is accepted or refused with reasons, and never crashes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          tree.map((value) => JSON.stringify({ schemaVersion: "1.1", ...(value as object) })),
          fc.tuple(tree, tree).map(([env, createOptions]) =>
            JSON.stringify({
              schemaVersion: "1.1",
              modules: { a: { env, settings: { image: "i", createOptions } } },
            }),
          ),
        ),
        (text) => {
          const parsed = parseManifest(text);
          expect(parsed.ok || parsed.errors.length > 0).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
