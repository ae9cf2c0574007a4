import type { Command } from "commander";
import { parseJson } from "#base";
import { closedVariable, defaultModuleSettings } from "#contract";
import { loadProject, readStackImages } from "../render/index.ts";
import { type CommandContext, type ExitCode, exitCodes, type Run, terminalErrors } from "../terminal/index.ts";
import { formatCheck } from "./format.ts";
import { judgeManifest, unreadableTo } from "./judge.ts";
import { type Filling, readManifest } from "./read-manifest.ts";
import { settingsOfStack } from "./stack-settings.ts";

interface CheckFlags {
  readonly stack?: string;
  readonly installation?: string;
  readonly variable: readonly string[];
  readonly json: boolean;
}

/** Where no stack says otherwise. */
const defaultInstallation = "an installation with defaults";

/** Adds `edgectl manifest check`. */
export function addManifest(manifest: Command, run: Run): void {
  manifest
    .command("check")
    .description("judge a deployment manifest as EdgeAgent would, with file, line and column, and what it needs")
    .argument("<file>", "deployment manifest, or - for standard input")
    .argument("[layers...]", "layered deployments over it, the lowest priority first")
    .option("--stack <name>", "judge by what this stack's installations allow; default: what one allows by itself")
    .option("--installation <name>", "only this one of the stack")
    .option("--variable <name...>", "take this variable from the environment, beside those that the stack lists", [])
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  edgectl manifest check deployment.json\n  edgectl manifest check deployment.json --stack berlin --json\n" +
        "  edgectl manifest check base.json metrics.json site.json\n" +
        "\nEnds with 0 when every installation accepts it, with 3 when one does not,\n" +
        "also where a file is no JSON.\n",
    )
    .action((file: string, layers: readonly string[], flags: CheckFlags) =>
      run((context) => check([file, ...layers], flags, context)),
    );
}

async function check(files: readonly string[], flags: CheckFlags, context: CommandContext): Promise<ExitCode> {
  const { projectDirectory, output, signal } = context;
  if (flags.installation !== undefined && flags.stack === undefined) {
    const problem = "--installation is one of a stack: name it by --stack";
    throw terminalErrors.EDGE_CLI_USAGE({ problem, command: "manifest check " });
  }
  if (files.filter((file) => file === "-").length > 1) {
    throw terminalErrors.EDGE_CLI_USAGE({ problem: "standard input is one file", command: "manifest check " });
  }
  for (const name of flags.variable) {
    const why = closedVariable(name);
    if (why === undefined) continue;
    const problem = `--variable ${name} ${why}, and what it says would be readable in a ConfigMap`;
    throw terminalErrors.EDGE_CLI_USAGE({ problem, command: "manifest check " });
  }
  const ofStack = flags.stack === undefined ? noFilling : await fillingOf(projectDirectory, flags.stack);
  const filling = { ...ofStack, variables: [...ofStack.variables, ...flags.variable] };
  const manifest = await readManifest(files, filling, signal);
  const installations =
    flags.stack === undefined
      ? new Map([[defaultInstallation, defaultModuleSettings]])
      : await settingsOfStack(projectDirectory, flags.stack, flags.installation);
  const judgements = [...installations].map(([name, settings]) =>
    "problems" in manifest
      ? unreadableTo(name, manifest.problems)
      : judgeManifest(manifest.text, settings, name, manifest.written),
  );
  const [file = "", ...layers] = files;
  const result = { file, ...(layers.length === 0 ? {} : { layers }), judgements };
  output.write(flags.json ? `${JSON.stringify(result)}\n` : formatCheck(result));
  return judgements.every(({ accepted }) => accepted) ? exitCodes.done : exitCodes.findings;
}

const noFilling: Filling = { images: {}, variables: [] };

/** Of the images that a stack lists, those of modules, by their keys; and variables that it lists. */
async function fillingOf(projectDirectory: string, stack: string): Promise<Filling> {
  const project = await loadProject(projectDirectory, stack);
  const { references } = await readStackImages(project);
  const prefix = "modules.";
  const ofModules = Object.entries(references).filter(([key]) => key.startsWith(prefix));
  const images = Object.fromEntries(ofModules.map(([key, reference]) => [key.slice(prefix.length), reference]));
  const listed = parseJson(project.config.get("iotedge:deploymentVariables"));
  const variables = Array.isArray(listed) ? listed.filter((name) => typeof name === "string") : [];
  return { images, variables };
}
