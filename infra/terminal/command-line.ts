/**
 * A command line of edgectl that runs as it is printed: `npx` finds it in a project, a checkout, and where it is installed
 * for all.
 */
export function commandLine(words: readonly string[]): string {
  return ["npx", "edgectl", ...words].map(shellWord).join(" ");
}

/** A word as a POSIX shell takes it for one. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
