import { Command } from "commander";
import { expect, it } from "vitest";
import { formatManPage, manPage } from "./man-page.ts";

it("has every command and option that help shows, those of rooms too", async () => {
  const page = await manPage();
  for (const command of ["up", "images save", "rbac diff", "rollout approve", "check module", "tree", "completion"]) {
    expect(page).toMatch(new RegExp(`^\\.SS "${command}`, "m"));
  }
  expect(page).toMatch(/^\.B "\\-\\-ignore\\-checks"$/m);
  expect(page).not.toContain("__complete");
});

it("takes no text for a request of roff", () => {
  const program = new Command("edgectl").description("x");
  program.command("odd").description("'quoted\\path\n.TH evil").option("--a <x>", ".SH evil", 'a "b"');
  const lines = formatManPage(program).split("\n");
  expect(lines).toContain("'quoted\\epath .TH evil.".replace(/^/, "\\&"));
  expect(lines.filter((line) => /^[.']/.test(line) && !/^\.(TH EDGECTL|SH [A-Z ]+|SS "|TP|B |I )/.test(line))).toEqual(
    [],
  );
});
