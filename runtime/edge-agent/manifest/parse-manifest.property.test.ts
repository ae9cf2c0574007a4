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
  );
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom("1.1", "docker", "{}"),
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
