import { describe, expect, it } from "vitest";
import ownPackage from "../../package.json" with { type: "json" };
import { importedNames, packageJson } from "./package-json.ts";

const project = {
  name: "p",
  version: "1.2.3",
  description: "d",
  license: "MIT",
  imports: { "#base": "./runtime/base/index.ts", "#unused": "./x/index.ts" },
  dependencies: { "@pulumi/pulumi": "3.270.0", yaml: "2.9.1", pino: "10.4.0" },
};

describe("importedNames", () => {
  it.each([
    ['import { a } from "yaml";', ["yaml"]],
    ['import "reflect-metadata";', ["reflect-metadata"]],
    ['export * from "@pulumi/pulumi/runtime/index.js";', ["@pulumi/pulumi"]],
    ['const x = await import("js-yaml");', ["js-yaml"]],
    ['const { y } = require("@pulumi/pulumi/automation/server.js");', ["@pulumi/pulumi"]],
    ['import type { Z } from "#base";', ["#base"]],
    ['import { join } from "node:path"; import { b } from "./b.js"; import c from "../c.js";', []],
  ])("of %s are %j", (code, names) => expect(importedNames(code)).toEqual(names));
});

describe("packageJson", () => {
  const made = packageJson(project, {
    names: new Set(["#base", "@pulumi/pulumi", "yaml"]),
    bundled: { "#z/y": "./libraries/z/y.js" },
  });

  it("names what the code imports, and nothing else", () => {
    expect(made.dependencies).toEqual({ yaml: "2.9.1" });
    expect(Object.keys(made.imports)).toEqual(["#base", "#z/y"]);
  });

  it("has the types that the declarations of Kubernetes' client need, for programs compiled without skipLibCheck", () => {
    const types = { "@kubernetes/client-node": "2.0.1", "@types/ws": "8.18.2" };
    const of = (...names: string[]) =>
      packageJson({ ...project, dependencies: types }, { names: new Set(names), bundled: {} }).dependencies;
    expect(of("@kubernetes/client-node")).toEqual(types);
    expect(of()).toEqual({});
    expect(ownPackage.dependencies).toHaveProperty("@types/ws");
  });

  it("shares Pulumi's packages with the program that uses it", () => {
    expect(made.peerDependencies).toEqual({ "@pulumi/pulumi": "^3.270.0" });
  });

  it("names its repository where it is known", () => {
    expect(made).not.toHaveProperty("repository");
    const released = packageJson(project, { names: new Set(), bundled: {} }, "https://example.com/o/r");
    expect(released).toMatchObject({ repository: { type: "git", url: "git+https://example.com/o/r.git" } });
  });

  it("points at compiled files", () => {
    expect(made.imports["#base"]).toEqual({
      types: "./runtime/base/index.d.ts",
      default: "./runtime/base/index.js",
    });
    expect(made.imports["#z/y"]).toBe("./libraries/z/y.js");
  });
});
