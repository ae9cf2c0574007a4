import { expect, it } from "vitest";
import { nextCommands } from "./start.ts";

it.each([
  [
    "local",
    { kind: "local", context: "edge-local", kubeconfig: "/k" },
    [
      "npx edgectl status",
      "npx edgectl render --stack local",
      "npm stop",
      'eval "$(npx edgectl cluster env)"  # kubectl then works on it',
    ],
  ],
  [
    "berlin",
    { kind: "named", context: "factory-3" },
    [
      "npx edgectl status --context factory-3",
      "npx edgectl render --stack berlin",
      "npm stop -- --stack berlin --context factory-3",
    ],
  ],
] as const)("what to do next with stack %s is for this stack and this cluster", (stack, target, commands) => {
  expect(nextCommands(stack, target)).toEqual(commands);
});
