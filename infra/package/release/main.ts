/** `npm run release`: makes "Unreleased" a version in all files that name one, or prints a version's notes. */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { EdgeError } from "#base";
import { releaseChangelog, releaseNotes } from "./changelog.ts";

const help = `usage: npm run release -- [--version X.Y.Z] [--date YYYY-MM-DD] [--project DIR]
       npm run release -- --notes X.Y.Z

Makes "Unreleased" of CHANGELOG.md a version, and writes that into all files that name the project's own. Commit and tag
what it changes: the workflow of the tag releases it.

  --version X.Y.Z   default: what follows from the kinds of changes, by SemVer
  --date DATE       default: today
  --notes X.Y.Z     print what that version changes, and do nothing else
  --project DIR     default: this checkout
`;

/** Files that name the project's version, and where in them. */
const places: readonly (readonly [file: string, pattern: (version: string) => string])[] = [
  ["package.json", (version) => `"version": "${version}"`],
  ["templates/rbac-diff.yml", (version) => `pulumi-iotedge@${version}`],
  ["docs/pipelines/github-action.yml", (version) => `/rbac-diff@v${version}`],
  ["docs/pipelines/gitlab-component.yml", (version) => `/rbac-diff@v${version}`],
];

async function release(project: string, version: string | undefined, date: string): Promise<string> {
  const read = (file: string) => readFile(join(project, file), "utf8");
  const { version: current } = JSON.parse(await read("package.json")) as { version: string };
  const changelog = releaseChangelog(await read("CHANGELOG.md"), { current, date, version });
  const changed = new Map([["CHANGELOG.md", changelog.text]]);
  for (const [file, pattern] of places) {
    const text = await read(file);
    if (!text.includes(pattern(current))) throw new Error(`${file} does not name ${current}`);
    changed.set(
      file,
      text.replace(pattern(current), () => pattern(changelog.version)),
    );
  }
  const lock = JSON.parse(await read("package-lock.json"));
  lock.version = changelog.version;
  lock.packages[""].version = changelog.version;
  changed.set("package-lock.json", `${JSON.stringify(lock, undefined, 2)}\n`);
  for (const [file, text] of changed) await writeFile(join(project, file), text);
  return changelog.version;
}

try {
  const { values } = parseArgs({
    options: {
      version: { type: "string" },
      date: { type: "string" },
      notes: { type: "string" },
      project: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const project = resolve(values.project ?? join(import.meta.dirname, "../../.."));
  if (values.help) process.stdout.write(help);
  else if (values.notes !== undefined)
    process.stdout.write(releaseNotes(await readFile(join(project, "CHANGELOG.md"), "utf8"), values.notes));
  else {
    const today = new Date().toISOString().slice(0, "YYYY-MM-DD".length);
    const version = await release(project, values.version, values.date ?? today);
    process.stdout.write(`${version}\ngit commit -am "release ${version}" && git tag v${version}\n`);
  }
} catch (error) {
  const code = error instanceof EdgeError ? `${error.code}: ` : "";
  const remedy = error instanceof EdgeError ? `\n  fix: ${error.remedy}` : "";
  process.stderr.write(`error ${code}${(error as Error).message}${remedy}\n`);
  process.exitCode = 1;
}
