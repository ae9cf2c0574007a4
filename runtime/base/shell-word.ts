const plain = /^[\w@%+:,./-][\w@%+=:,./-]*$/;
/** What terminals act on, or do not show; output has it written out, so that quotes alone would not keep it. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const unseenOrSpecial = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}'\\]/gu;

/**
 * A word as a shell takes it for one; zsh looks up a program where one begins with `=`. Control characters are written as
 * bash, zsh and ksh read them.
 */
export function shellWord(word: string): string {
  if (plain.test(word)) return word;
  return unseen.test(word) ? `$'${word.replace(unseenOrSpecial, escaped)}'` : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Byte by byte: `\\u` depends on the locale. */
function escaped(character: string): string {
  if (character === "'" || character === "\\") return `\\${character}`;
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
