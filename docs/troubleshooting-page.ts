import { type Cause, causes } from "../infra/deploy/findings/causes.ts";

/** docs/troubleshooting.md: what is told apart, from the causes themselves. */
export function troubleshootingPage(): string {
  const all: readonly (readonly [string, Cause])[] = Object.entries(causes);
  const errors = all.filter(([, { severity }]) => severity === "error");
  const warnings = all.filter(([, { severity }]) => severity === "warning");
  return [
    ...introduction,
    "## Causes",
    "",
    "`up` ends once a cause has been seen so often in a row, in looks at the cluster or in runs of the container that ended in",
    "the same way. Where there is nothing in that column, it may heal by itself, and `up` waits until `--timeout`.",
    "",
    "| id | what is seen | `up` ends after | what to do |",
    "| --- | --- | --- | --- |",
    ...errors.map(([id, cause]) => `| \`${id}\` | ${cause.what} | ${endingOf(cause)} | ${fixOf(cause)} |`),
    "",
    "A program that ends, or whose health check fails, may do so only because what it talks to is not there yet. These two end",
    "`up` only when all else of the installation is ready, and each has failed once more after that.",
    "",
    "What had failed before `up` has deployed anything counts once it fails anew: you may have just corrected it, and the",
    "kubelet waits for up to five minutes before it tries again. `edgectl restart` makes it try at once.",
    "",
    "## Warnings",
    "",
    "They change no exit code.",
    "",
    "| id | what is seen | what to do |",
    "| --- | --- | --- |",
    ...warnings.map(([id, cause]) => `| \`${id}\` | ${cause.what} | ${fixOf(cause)} |`),
    "",
  ].join("\n");
}

function endingOf({ ending }: Cause): string {
  if (ending === undefined) return "";
  if ("looks" in ending) return ending.looks === 1 ? "1 look" : `${ending.looks} looks`;
  return `${ending.runs} runs`;
}

/** Words in braces stand for values, as in docs/errors.md. */
const fixOf = ({ fix }: Cause) => fix.replace(/\|/g, "\\|");

const introduction = ["# When a module does not run", ""];
