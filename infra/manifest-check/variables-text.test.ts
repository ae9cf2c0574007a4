import { expect, it } from "vitest";
import { readVariables } from "./variables-text.ts";

const notesOf = (text: string) => readVariables(text).notes.map(({ line, message }) => `${line} ${message}`);

it.each([
  ["A=1\n\n# A=2\n  # x\nexport B='2' # two\nC=\nD=\"x\ny\"\n E = 1\n", []],
  ["A: 1\nA=1\n=\n", ["1 is no NAME=value, and is passed over", "3 is no NAME=value, and is passed over"]],
  ["MY VAR=1", ["1 has before `=` no name that a placeholder can have"]],
  ["export A=\nB=1", ["1 has before `=` no name that a placeholder can have"]],
  [
    "A=1\nB=2\nA=3\nA=4",
    ["3 sets A again, after line 1; this line counts", "4 sets A again, after line 3; this line counts"],
  ],
  ["A= \n\nB=1\nC=2", ["1 ends with spaces behind `=`, and takes line 3 for its value"]],
  ["A= \n# none\nB=1", []],
  [
    "A='1' B=2\nB='x\ny'z",
    [
      "1 goes on behind the quote that ends its value, and that is passed over",
      "3 goes on behind the quote that ends its value, and that is passed over",
    ],
  ],
])("says what nobody will see of %j", (text, notes) => expect(notesOf(text)).toEqual(notes));

it("reads the first name behind a byte-order mark", () => {
  expect(readVariables("\uFEFFA=1\r\nB=2\r\n")).toEqual({
    values: new Map([
      ["A", "1"],
      ["B", "2"],
    ]),
    notes: [],
  });
});

it("names as many lines as somebody reads, and how many more there are", () => {
  const notes = notesOf("-----\n".repeat(100));
  expect(notes).toHaveLength(21);
  expect(notes.at(-1)).toBe("21 and 79 more such lines do not do what they seem to");
});
