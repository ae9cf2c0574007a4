/**
 * Control characters, and those that are not seen but turn the order of a text around (bidi) or hide in it, also where a
 * surrogate stands alone.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** GitHub's commands stand at the beginning of a line; a cleaned line may still be put there. */
const gitHubCommand = /(?<![\w:])::(?=[a-z-]+(?: [^\n]*)?::)/g;
/** Commands of Azure Pipelines, TeamCity and older runners of GitHub stand anywhere. */
const otherCommand = /##(?=\[|vso\[|teamcity\[)/g;

/** Text of foreign origin, such as names from files and clusters, as one line that neither terminals nor logs act on. */
export function cleanLine(text: string): string {
  return withoutCommands(text.replace(hidden, "?"));
}

/** As {@link cleanLine}, but breaks of lines stay. */
export function cleanText(text: string): string {
  return withoutCommands(text.replace(hidden, (character) => (character === "\n" ? character : "?")));
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
