/**
 * Control characters, and those that are not seen but turn the order of a text around (bidi) or hide in it, also where a
 * surrogate stands alone. Noncharacters, two of which XML has no place for: with one of them a picture is none.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;
/** Spaces that are not the one of the keyboard, and marks where one letter would do. */
const misleading = /(?! )\p{Zs}|(?<=\p{L})\p{Mn}+/gu;
/** Letters that look like Latin ones, in a word that has both. */
const otherScript = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/gu;
const word = /[\p{L}\p{M}\p{N}]+/gu;
/** A name may hold what an escape looks like. */
const likeAnEscape = /\\(?=u[0-9a-f]{4})/g;
const isPlain = /^[\x20-\x5b\x5d-\x7e]*$/;
/** GitHub's commands stand at the beginning of a line; a cleaned line may still be put there. */
const gitHubCommand = /(?<![\w:])::(?=[a-z-]+(?: [^\n]*)?::)/g;
/** Commands of Azure Pipelines, TeamCity and older runners of GitHub stand anywhere. */
const otherCommand = /##(?=\[|vso\[|teamcity\[)/g;

/**
 * Text of foreign origin, such as names from files and clusters, as one line that neither terminals nor logs act on. What
 * cannot be seen, or looks like something else, is written as in JSON (`\u202e`): two names that differ never look the same.
 */
export function cleanLine(text: string): string {
  const line = withoutCommands(text);
  return isPlain.test(line) ? line : visible(line);
}

/** As {@link cleanLine}, but breaks of lines stay. */
export function cleanText(text: string): string {
  return withoutCommands(text).split("\n").map(visible).join("\n");
}

function visible(line: string): string {
  return line
    .replace(likeAnEscape, "\\\\")
    .replace(hidden, escaped)
    .replace(misleading, (part, at: number, all: string) => (isComposed(all, at, part) ? part : escaped(part)))
    .replace(word, (one) => (/\p{Script=Latin}/u.test(one) ? one.replace(otherScript, escaped) : one));
}

/** Whether marks stand where no letter has them in it: those belong to the script. */
function isComposed(text: string, at: number, marks: string): boolean {
  if (/\p{Zs}/u.test(marks)) return false;
  const letter = [...text.slice(0, at)].at(-1) ?? "";
  return (letter + marks).normalize("NFC") === letter + marks;
}

/** JSON that says the same, but in which nothing is hidden, and nothing is a command in a log. */
export function cleanJson(json: string): string {
  // What breaks lines stands between values, never in a text.
  return json
    .replace(hidden, (character) => (/[\n\r\t]/.test(character) ? character : escaped(character)))
    .replace(otherCommand, "#\\u0023");
}

const escaped = (character: string) =>
  character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

const withoutCommands = (text: string) => text.replace(gitHubCommand, ": :").replace(otherCommand, "# #");
