import { type Command, Option } from "commander";
import type { Run } from "../../terminal/index.ts";
import type { BackupFlags } from "./backup.ts";
import type { InitFlags } from "./init.ts";
import type { RekeyFlags } from "./rekey.ts";
import type { RestoreFlags } from "./restore.ts";
import type { ShowFlags } from "./show.ts";

const silentErrors = { outputError: () => {} };
const places = ["repository", "cluster"];

/** Adds what `edgectl state` has. */
export function addState(state: Command, run: Run): void {
  addInit(state, run);
  addKey(state, run);
  addShow(state, run);
  addRekey(state, run);
  addBackup(state, run);
  addRestore(state, run);
  for (const command of [state, ...state.commands]) command.exitOverride().configureOutput(silentErrors);
}

function addInit(state: Command, run: Run): void {
  const command = state
    .command("init")
    .description("share the state: encrypt it for you and others, and keep it where all have it")
    .addOption(new Option("--in <place>", "where the encrypted state is").choices(places).default("repository"))
    .option("--recipient <key...>", "who else can open it: KEY or NAME=KEY, as `edgectl state key` prints it", [])
    .option("--context <context>", "with --in cluster: context of the cluster")
    .option("--kubeconfig <file>", "with --in cluster: kubeconfig, a path relative to Pulumi.yaml or an absolute one")
    .option("-n, --namespace <name>", "with --in cluster: namespace of its Secrets", "iotedge-state");
  withJson(command)
    .addHelpText(
      "after",
      examples(
        "edgectl state init --recipient ci=age1...",
        "edgectl state init --in cluster --context management --recipient ci=age1...",
      ),
    )
    .action((flags: InitFlags) => run(async (context) => (await import("./init.ts")).initCommand(flags, context)));
}

function addKey(state: Command, run: Run): void {
  withJson(state.command("key").description("print your recipient; makes your key where there is none"))
    .addHelpText("after", examples("edgectl state key", "EDGE_AGE_KEY_FILE=ci.txt edgectl state key"))
    .action((flags: { readonly json: boolean }) =>
      run(async (context) => (await import("./key.ts")).keyCommand(flags, context)),
    );
}

function addShow(state: Command, run: Run): void {
  const command = state
    .command("show")
    .description("where the state is kept, for whom, and what it has; ends with 3 when something is to be done")
    .option("--stack <name>", "only this stack");
  withJson(command)
    .addHelpText("after", examples("edgectl state show", "edgectl state show --stack berlin --json"))
    .action((flags: ShowFlags) => run(async (context) => (await import("./show.ts")).showCommand(flags, context)));
}

function addRekey(state: Command, run: Run): void {
  const command = state
    .command("rekey")
    .description("encrypt the state anew, for other recipients; can be repeated")
    .option("--add <key...>", "who shall be able to open it: KEY or NAME=KEY", [])
    .option("--remove <name...>", "who shall not any more: the name or the key", []);
  withJson(command)
    .addHelpText("after", examples("edgectl state rekey --add bob=age1...", "edgectl state rekey --remove bob"))
    .action((flags: RekeyFlags) => run(async (context) => (await import("./rekey.ts")).rekeyCommand(flags, context)));
}

function addBackup(state: Command, run: Run): void {
  const command = state
    .command("backup")
    .description("write a stack's state into a file, encrypted")
    .requiredOption("--stack <name>", "stack")
    .requiredOption("--out <file>", "file to make")
    .option("--recipient <key...>", "who can open it; default: who can open the state", []);
  withJson(command)
    .addHelpText("after", examples("edgectl state backup --stack berlin --out berlin-20261130.age"))
    .action((flags: BackupFlags) =>
      run(async (context) => (await import("./backup.ts")).backupCommand(flags, context)),
    );
}

function addRestore(state: Command, run: Run): void {
  const command = state
    .command("restore")
    .description("bring a stack's state back from a backup")
    .argument("<file>", "what `edgectl state backup` wrote")
    .requiredOption("--stack <name>", "stack")
    .option("--replace", "even where keys of the present state would be lost", false);
  withJson(command)
    .addHelpText("after", examples("edgectl state restore berlin-20261130.age --stack berlin"))
    .action((file: string, flags: RestoreFlags) =>
      run(async (context) => (await import("./restore.ts")).restoreCommand(file, flags, context)),
    );
}

function withJson(command: Command): Command {
  return command.option("--json", "print JSON", false);
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
