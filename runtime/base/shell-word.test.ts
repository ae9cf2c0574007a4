import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { shellWord } from "./shell-word.ts";

const hostile = [
  ...["a b", "it's", '"', "$(id)", "`id`", "~/x", "~", "-x", "--", "=ls", "a=b", "*", "!!", "#", "", "\\", "\\n"],
  ...["é", "日本", "a\nb", "a\tb'c\\d", "\u001b[2J", "\u202ex", "\u2028", "\u007f", "$'\n", "a;b|c&d>e"],
];

/** How the shell passes the word on. */
const passedBy = (shell: string, word: string) =>
  execFileSync(shell, ["-c", `printf %s ${shellWord(word)}`], {
    encoding: "utf8",
  });

describe("a word for a shell", () => {
  it.each(hostile)("is one: %j", (word) => {
    // `printf` itself takes what begins with a dash for an option only where the format would be.
    expect(passedBy("bash", word)).toBe(word);
  });

  it.each(hostile)("has nothing that terminals act on: %j", (word) => {
    expect(shellWord(word)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it("is left alone where it needs no quotes", () => {
    expect(["a-b.c/d:1", "a=b", "x@y", "100%"].map(shellWord)).toEqual(["a-b.c/d:1", "a=b", "x@y", "100%"]);
  });
});
