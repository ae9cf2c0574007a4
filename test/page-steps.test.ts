import { expect, it } from "vitest";
import { stepsOf } from "./e2e/page-steps.ts";

it("a page's steps are its files and its commands, each with what it prints", () => {
  const page = [
    "`a/b.json`:",
    "",
    "```json",
    "{}",
    "```",
    "",
    "```json",
    '{"only": "shown"}',
    "```",
    "",
    "```console",
    "$ one",
    "$ two | three",
    "shown",
    "",
    "below",
    "```",
  ].join("\n");
  expect(stepsOf(page)).toEqual([
    { file: "a/b.json", text: "{}\n" },
    { command: "one", shown: "" },
    { command: "two | three", shown: "shown\n\nbelow" },
  ]);
});
