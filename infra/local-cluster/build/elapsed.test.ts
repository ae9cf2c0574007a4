import { expect, it } from "vitest";
import { formatElapsed } from "./elapsed.ts";

it.each([
  [0, "0 s"],
  [41_600, "42 s"],
  [59_700, "1 min 0 s"],
  [185_000, "3 min 5 s"],
])("renders %i ms as %s", (milliseconds, text) => expect(formatElapsed(milliseconds)).toBe(text));
