import { type ErrorDefinition, registeredErrors } from "#errors";

/** docs/errors.md: every coded error with its cause and remedy. */
export function errorsPage(errors: ReadonlyMap<string, ErrorDefinition> = registeredErrors()): string {
  const sections = [...errors].map(([code, { message, cause, remedy }]) =>
    [
      `## ${code}`,
      "",
      `> ${asText(message)}`,
      "",
      `**Why:** ${asText(cause)}`,
      "",
      `**Way out:** ${asText(remedy)}`,
      "",
    ].join("\n"),
  );
  return [
    "# Errors",
    "",
    "Every failure that this project reports on purpose has a code. It is printed as `error CODE: message` with a line",
    "`fix: ...` below, or as JSON with `code`, `message` and `remedy` where a command runs with `--json`. Words in braces",
    "stand for values.",
    "",
    ...sections,
  ].join("\n");
}

/** Angle brackets would be taken for HTML, stars for emphasis. */
const asText = (text: string) => text.replace(/[<>*]/g, (character) => `\\${character}`);
