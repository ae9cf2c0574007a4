import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { addAbortSignal } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import type { Command } from "commander";
import { isJsonObject, parseJson, withoutByteOrderMark } from "#base";
import { dataKeys, defaultModuleSettings, type ModuleSettings, objectNames } from "#contract";
import { renderStack } from "../render/index.ts";
import { type CommandContext, type ExitCode, exitCodes, type Run, terminalErrors } from "../terminal/index.ts";
import { manifestCheckErrors } from "./errors.ts";
import { fillTemplate, lookupIn } from "./fill-template.ts";
import { formatCheck } from "./format.ts";
import { findJsonProblem } from "./json-place.ts";
import { judgeManifest } from "./judge.ts";

interface CheckFlags {
  readonly stack?: string;
  readonly installation?: string;
  readonly json: boolean;
}

const readProblems: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
};
const maxLength = 4 * 1024 * 1024;
/** Where no stack says otherwise. */
const defaultInstallation = "an installation with defaults";

/** Adds `edgectl manifest check`. */
export function addManifest(manifest: Command, run: Run): void {
  manifest
    .command("check")
    .description("judge a deployment manifest as EdgeAgent would, with file, line and column, and what it needs")
    .argument("<file>", "deployment manifest, or - for standard input")
    .option("--stack <name>", "judge by what this stack's installations allow; default: what one allows by itself")
    .option("--installation <name>", "only this one of the stack")
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  edgectl manifest check deployment.json\n  edgectl manifest check deployment.json --stack berlin --json\n" +
        "\nEnds with 0 when every installation accepts it, with 3 when one does not.\n",
    )
    .action((file: string, flags: CheckFlags) => run((context) => check(file, flags, context)));
}

async function check(file: string, flags: CheckFlags, context: CommandContext): Promise<ExitCode> {
  const { projectDirectory, output, signal } = context;
  if (flags.installation !== undefined && flags.stack === undefined) {
    const problem = "--installation is one of a stack: name it by --stack";
    throw terminalErrors.EDGE_CLI_USAGE({ problem, command: "manifest check " });
  }
  const text = await readManifest(file, signal);
  const installations =
    flags.stack === undefined
      ? new Map([[defaultInstallation, defaultModuleSettings]])
      : await settingsOfStack(projectDirectory, flags.stack, flags.installation);
  const filled = await filledIn(file, text);
  const judgements = [...installations].map(([name, settings]) => judgeManifest(filled, settings, name, text));
  const result = { file, judgements };
  output.write(flags.json ? `${JSON.stringify(result)}\n` : formatCheck(result));
  return judgements.every(({ accepted }) => accepted) ? exitCodes.done : exitCodes.findings;
}

/** The text with what a `.env` beside it, and else the environment, say for its placeholders. */
async function filledIn(file: string, text: string): Promise<string> {
  const template = parseJson(text);
  if (!text.includes("${") || !isJsonObject(template)) return text;
  const beside = file === "-" ? undefined : await readFile(join(dirname(file), ".env"), "utf8").catch(() => undefined);
  return JSON.stringify(
    fillTemplate(
      template,
      lookupIn(beside, (name) => process.env[name]),
    ),
  );
}

async function readManifest(file: string, signal: AbortSignal): Promise<string> {
  const unreadable = (problem: string) => manifestCheckErrors.EDGE_MANIFEST_UNREADABLE({ file, problem });
  const read = file === "-" ? readAll(addAbortSignal(signal, process.stdin)) : readFile(file, "utf8");
  const written = await read.catch((error: NodeJS.ErrnoException) => {
    if (signal.aborted) throw error;
    throw unreadable(readProblems[error.code ?? ""] ?? error.code ?? error.message);
  });
  if (written.length > maxLength) throw unreadable("it is larger than 4 MiB");
  const text = withoutByteOrderMark(written);
  const place = parseJson(text) === undefined ? findJsonProblem(text) : undefined;
  if (place !== undefined) throw unreadable(`line ${place.line}, column ${place.column}: ${place.problem}`);
  return text;
}

/** What each installation of a stack lets its modules have: as EdgeAgent would read it in the cluster. */
async function settingsOfStack(
  projectDirectory: string,
  stack: string,
  only: string | undefined,
): Promise<ReadonlyMap<string, ModuleSettings>> {
  const { objects } = await renderStack({ projectDirectory, stack, preview: true });
  const settings = new Map<string, ModuleSettings>();
  for (const { object } of objects) {
    if (object.kind !== "ConfigMap" || object.metadata.name !== objectNames.agentConfig) continue;
    const { data } = object as { readonly data?: Readonly<Record<string, string>> };
    const { modules } = parseJson(data?.[dataKeys.agentConfig]) as { readonly modules: ModuleSettings };
    settings.set(object.metadata.namespace ?? "default", modules);
  }
  if (only === undefined) return settings;
  const found = settings.get(only);
  if (found !== undefined) return new Map([[only, found]]);
  const known = [...settings.keys()].join(", ") || "none";
  throw manifestCheckErrors.EDGE_MANIFEST_NO_INSTALLATION({ stack, installation: only, known });
}
