import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openSessions } from "./sessions.ts";

const input = { topic: "devices/d/modules/a/inputs/#", qos: 1 } as const;
const methods = { topic: "$iothub/methods/POST/#", qos: 0 } as const;

it("a module that comes back has the subscriptions that it had, and nobody else's", () => {
  const sessions = openSessions();
  for (const subscription of [input, methods, input]) sessions.add("a", subscription);
  expect(sessions.begin("a", false)).toEqual([methods, input]);
  expect(sessions.begin("b", false)).toEqual([]);
  sessions.remove("a", methods.topic);
  expect(sessions.begin("a", false)).toEqual([input]);
  sessions.close();
});

it("a clean session begins with nothing, and ends the one before", () => {
  const sessions = openSessions();
  sessions.add("a", input);
  expect(sessions.begin("a", true)).toEqual([]);
  expect(sessions.begin("a", false)).toEqual([]);
  sessions.close();
});

it("in a file they outlive the hub", () => {
  const folder = mkdtempSync(join(tmpdir(), "sessions-"));
  const path = join(folder, "sessions.db");
  const before = openSessions(path);
  before.add("a", input);
  before.close();
  const after = openSessions(path);
  expect(after.begin("a", false)).toEqual([input]);
  after.close();
  rmSync(folder, { recursive: true });
});
