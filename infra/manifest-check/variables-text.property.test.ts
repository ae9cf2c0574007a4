import { parseEnv } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { readVariables } from "./variables-text.ts";

const parts = fc.array(
  fc.constantFrom("A", "B", "export ", "=", "=", "\n", "\n", " ", "\t", '"', "'", "`", "#", "x", "-", "\\n", "\u00a0"),
  { maxLength: 24 },
);

it("reads what Node's reader does", () => {
  fc.assert(
    fc.property(parts, (words) => {
      const text = words.join("");
      // Node takes an indented comment behind another one for a name.
      fc.pre(!/\n[ \t]+#/.test(text));
      // It has a line that is `=` alone under the empty name.
      const { "": _, ...named } = parseEnv(text);
      expect(Object.fromEntries(readVariables(text).values)).toEqual(named);
    }),
    { numRuns: 5000 },
  );
});
