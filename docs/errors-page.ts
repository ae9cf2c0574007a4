import { globSync } from "node:fs";
import { join } from "node:path";
import { type ErrorDefinition, registeredErrors } from "#base";

const project = join(import.meta.dirname, "..");

/** Every room keeps its errors in files of this name; loading one puts its errors into the registry. */
export async function allErrors(): Promise<ReadonlyMap<string, ErrorDefinition>> {
  for (const file of globSync("{infra,runtime}/**/errors.ts", { cwd: project })) await import(join(project, file));
  return registeredErrors();
}

/** docs/errors.md: every coded error with its cause and remedy. */
export async function errorsPage(): Promise<string> {
  const errors = await allErrors();
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
    "stand for values; `{clusterOptions}`, `{fleetOption}` and `{runOption}` for options such as `--context`, as the command was",
    "called with them.",
    "",
    ...sections,
  ].join("\n");
}

/** Angle brackets would be taken for HTML, stars for emphasis. */
const asText = (text: string) => text.replace(/[<>*]/g, (character) => `\\${character}`);
