import { describe, expect, it } from "vitest";
import { allChecks, type CheckEntry, rulesFor } from "./all-checks.ts";

const modes = Object.entries(allChecks);
const all: readonly CheckEntry[] = modes.flatMap(([, checks]) => checks);

describe("the lists of checks", () => {
  it.each(modes)("%s: each has an id of its own", (_, checks) => {
    const ids = checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("say what is so, and what to do", () => {
    for (const { id, what, help } of all) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(what).not.toMatch(/\.$/);
      expect(help).toMatch(/\.$/);
    }
  });
});

it("take rights to look, and to ask what others may do, and no others", () => {
  const asking = new Set(["subjectaccessreviews", "pods/portforward"]);
  for (const { resources, verbs } of rulesFor(all)) {
    const allowed = asking.has(resources[0] ?? "") ? ["create", "get"] : ["get", "list"];
    expect(verbs.filter((verb) => !allowed.includes(verb))).toEqual([]);
  }
});
