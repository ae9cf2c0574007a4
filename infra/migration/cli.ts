import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Command } from "commander";
import type { FileFailure } from "../manifest-check/index.ts";
import { type CommandContext, type ExitCode, exitCodes, type Run, terminalErrors } from "../terminal/index.ts";
import { migrationErrors } from "./errors.ts";
import type { Source } from "./migrate.ts";
import { formatMigration } from "./report.ts";

interface MigrateFlags {
  readonly config?: string;
  readonly values?: string;
  readonly manifest?: string;
  readonly stack: string;
  readonly namespace?: string;
  readonly connected: boolean;
  readonly json: boolean;
}

const usage = (problem: string) => terminalErrors.EDGE_CLI_USAGE({ problem, command: "migrate " });

/** Adds `edgectl migrate`. */
export function addMigrate(program: Command, run: Run): void {
  program
    .command("migrate")
    .description(
      "make a stack of a device's config.toml or config.yaml, of the preview's Helm values, of a deployment manifest",
    )
    .option("--config <file>", "config.toml of IoT Edge on a device, or config.yaml of IoT Edge 1.1 and before")
    .option("--values <file>", "values of the chart edge-kubernetes, as `helm get values RELEASE -o yaml` prints them")
    .option("--manifest <file>", "deployment manifest, as JSON")
    .requiredOption("--stack <name>", "name of the stack to write")
    .option("--namespace <name>", "namespace of the installation; default: the stack's name")
    .option("--connected", "with --config: an installation that takes the device's place in IoT Hub", false)
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  edgectl migrate --config /etc/aziot/config.toml --manifest deployment.json --stack line-1\n" +
        "  edgectl migrate --config /etc/aziot/config.toml --connected --stack line-1\n" +
        "  edgectl migrate --values values.yaml --manifest deployment.json --stack line-1 --json\n" +
        "\nWrites no key, no password and no connection string that is known by its name or its form, and replaces no file.\n" +
        "Others, such as a PIN, are taken over: look through the manifest that it writes.\n" +
        "Ends with 0 when all was converted, with 3 when something is left to do.\n",
    )
    .action((flags: MigrateFlags) => run((context) => migrateCommand(flags, context)));
}

async function migrateCommand(flags: MigrateFlags, { projectDirectory, output }: CommandContext): Promise<ExitCode> {
  const { stack, namespace = stack } = flags;
  if (flags.config === undefined && flags.values === undefined && flags.manifest === undefined) {
    throw usage("name what to convert: --config, --values or --manifest");
  }
  if (flags.connected && (flags.config === undefined || flags.values !== undefined))
    throw usage("--connected goes with --config, and without --values");
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(stack))
    throw usage(`--stack ${JSON.stringify(stack)} is no name of a stack`);
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) {
    throw usage(`${JSON.stringify(namespace)} is no name of a namespace: name one by --namespace`);
  }
  const { migrate } = await import("./migrate.ts");
  const files = [flags.config, flags.values, flags.manifest];
  const [config, values, manifest] = await Promise.all(files.map(read));
  const sources = { ...(config && { config }), ...(values && { values }), ...(manifest && { manifest }) };
  const { texts, converted, findings } = migrate(sources, {
    stack,
    namespace,
    connected: flags.connected,
    stackDirectory: await stackDirectory(projectDirectory),
  });
  await write(projectDirectory, texts);
  const report = { stack, files: [...texts.keys()], converted, findings };
  await (flags.json ? output.json(report) : output.write(formatMigration(report)));
  return findings.every(({ severity }) => severity === "info") ? exitCodes.done : exitCodes.findings;
}

/** As Pulumi.yaml says; where there is none yet, as `edgectl init` makes it. */
async function stackDirectory(projectDirectory: string): Promise<string> {
  if (!existsSync(join(projectDirectory, "Pulumi.yaml"))) return "stacks";
  const { stackDirectoryOf } = await import("../render/index.ts");
  return relative(projectDirectory, await stackDirectoryOf(projectDirectory));
}

async function read(file: string | undefined): Promise<Source | undefined> {
  if (file === undefined) return undefined;
  const { readTextFile } = await import("../manifest-check/index.ts");
  const content = readTextFile(file);
  if ("text" in content) return { file, text: content.text };
  throw migrationErrors.EDGE_MIGRATE_UNREADABLE({ file, problem: problemOf[content.failure] });
}

const problemOf: Readonly<Record<FileFailure, string>> = {
  missing: "there is no such file",
  "too large": "it is larger than 1 MiB",
  unreadable: "it cannot be read",
  "no regular file": "it is no regular file",
  "a symbolic link": "it is a symbolic link",
  "UTF-16": "it is UTF-16, and has to be UTF-8",
};

/** All of them or none: what is there is never written over. */
async function write(directory: string, texts: ReadonlyMap<string, string>): Promise<void> {
  for (const file of texts.keys()) {
    if (existsSync(join(directory, file))) throw migrationErrors.EDGE_MIGRATE_EXISTS({ file });
  }
  for (const [file, text] of texts) {
    const path = join(directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "EEXIST" ? migrationErrors.EDGE_MIGRATE_EXISTS({ file }) : error;
    });
  }
}
