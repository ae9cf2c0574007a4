import { describe, expect, it } from "vitest";
import { asCalled, commandLine, programWords } from "./command-line.ts";

describe("commands that are printed call edgectl", () => {
  const call = (script: string | undefined, there: readonly string[], more: object = {}) =>
    programWords({
      ...{ script, directory: "/home/ann/plant/stacks", checkout: undefined, env: { PATH: "/usr/bin:/opt/bin" } },
      ...more,
      exists: (path) => there.includes(path),
    }).join(" ");
  const script = "/opt/lib/infra/edgectl/bin/edgectl.mjs";

  it.each<[string, string | undefined, readonly string[], object, string]>([
    ["by npx where nothing tells how it was called", undefined, [], {}, "npx edgectl"],
    ["by npx where npx has called it", script, [], { env: { npm_command: "exec" } }, "npx edgectl"],
    ["by npx in a project that has it", script, ["/home/ann/plant/node_modules/.bin/edgectl"], {}, "npx edgectl"],
    ["by npx in its checkout", script, [], { checkout: "/home/ann/plant" }, "npx edgectl"],
    ["by its name where that is what the PATH has", "/opt/bin/edgectl", ["/opt/bin/edgectl"], {}, "edgectl"],
    [
      "by its path where the PATH has another one",
      "/opt/bin/edgectl",
      ["/usr/bin/edgectl", "/opt/bin/edgectl"],
      {},
      "/opt/bin/edgectl",
    ],
    ["by node where it was called so", script, [], {}, `node ${script}`],
    [
      "by node where npm was called elsewhere than in the checkout",
      script,
      [],
      { checkout: "/opt/lib", directory: "/opt/lib", env: { INIT_CWD: "/home/ann", npm_command: "run-script" } },
      `node ${script}`,
    ],
  ])("%s", (_, started, there, more, expected) => {
    expect(call(started, there, more)).toBe(expected);
  });
});

it("of this process, which nothing has told, is by npx", () => {
  expect(commandLine(["logs", "=ls", "a=b"])).toBe("npx edgectl logs '=ls' a=b");
  expect(commandLine(["logs", "$edgeHub"])).toBe("npx edgectl logs '$edgeHub'");
  expect(asCalled("then: npx edgectl up")).toBe("then: npx edgectl up");
});
