import { afterEach, describe, expect, it } from "vitest";
import {
  asCalled,
  commandLine,
  completeCommands,
  noCluster,
  programWords,
  repeatOptions,
  scriptLine,
} from "./command-line.ts";

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
  expect(commandLine(["logs", "=ls", "a=b"], noCluster)).toBe("npx edgectl logs '=ls' a=b");
  expect(commandLine(["logs", "$edgeHub"], ["--context", "factory 3"])).toBe(
    "npx edgectl logs '$edgeHub' --context 'factory 3'",
  );
  expect(scriptLine("stop", [], noCluster)).toBe("npm stop");
  expect(scriptLine("stop", ["--stack", "b"], ["--context", "c"])).toBe("npm stop -- --stack b --context c");
  expect(asCalled("then: npx edgectl up")).toBe("then: npx edgectl up");
});

describe("what edgectl was told", () => {
  afterEach(() => repeatOptions({}));

  it("is told again by the commands that it prints", () => {
    repeatOptions({ project: "/my plant", context: "factory-3", timeout: 5, json: false, stack: ["berlin"] });
    expect(commandLine(["status"], noCluster)).toBe("npx edgectl --project '/my plant' status");
    expect(commandLine(["up", "--project", "/my plant"], noCluster)).toBe("npx edgectl --project '/my plant' up");
    expect(scriptLine("stop", [], noCluster)).toBe("npx edgectl --project '/my plant' stop");
    expect(asCalled("See `npx edgectl events {clusterOptions}`")).toBe(
      "See `npx edgectl --project '/my plant' events --stack berlin --context factory-3`",
    );
  });

  it("is told again as it was, also where a replacement would take it for a pattern", () => {
    repeatOptions({ stack: "a$&b$'c" });
    expect(asCalled("npx edgectl up --stack STACK")).toBe("npx edgectl up --stack 'a$&b$'\\''c'");
  });

  it("is left out where it was several things at once", () => {
    repeatOptions({ stack: ["berlin", "oslo"], fleet: true });
    expect(asCalled("`npx edgectl up --stack STACK {clusterOptions}`, `npx edgectl trust status {fleetOption}`")).toBe(
      "`npx edgectl up --stack STACK`, `npx edgectl trust status --fleet`",
    );
  });
});

describe("commands in a text that is shown", () => {
  const own = ["node", "/opt/e.mjs"];
  const told = { stack: "berlin", context: "factory 3", kubeconfig: "/k", run: "r1" };

  it.each([
    [
      "`npx edgectl status {clusterOptions}`",
      "`node /opt/e.mjs status --stack berlin --context 'factory 3' --kubeconfig /k`",
    ],
    [
      "npx edgectl up --stack STACK {clusterOptions}",
      "node /opt/e.mjs up --stack berlin --context 'factory 3' --kubeconfig /k",
    ],
    [
      "npx edgectl down --stack oslo {clusterOptions}",
      "node /opt/e.mjs down --stack oslo --context 'factory 3' --kubeconfig /k",
    ],
    ["`npx edgectl rollout status {runOption}`; {cause}", "`node /opt/e.mjs rollout status --run r1`; {cause}"],
    ["npx edgectl rollout plan {fleetOption}, then", "node /opt/e.mjs rollout plan, then"],
  ])("are completed: %s", (text, expected) => {
    expect(completeCommands(text, own, told)).toBe(expected);
  });

  it("are as they were where nothing was told", () => {
    expect(completeCommands("`npx edgectl up --stack STACK {clusterOptions}`", ["npx", "edgectl"], {})).toBe(
      "`npx edgectl up --stack STACK`",
    );
  });

  it("are completed once, however often they are passed on", () => {
    const once = completeCommands("npx edgectl status {clusterOptions}", ["npx", "edgectl"], {
      project: "/p",
      ...told,
    });
    expect(completeCommands(once, ["npx", "edgectl"], { project: "/p", ...told })).toBe(once);
  });
});
