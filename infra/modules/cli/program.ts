import { type Command, InvalidArgumentError } from "commander";
import { contextHelp, type Run, secondsOf } from "../../terminal/index.ts";
import type { LogOptions } from "../read-log.ts";
import type { EventsFlags } from "./events.ts";
import type { ModuleFlags } from "./logs.ts";
import type { TreeFlags } from "./tree.ts";

const silentErrors = { outputError: () => {} };

/** Adds `edgectl logs`, `restart`, `tree` and `events`, which work with the rights of who calls them. */
export function addModules(program: Command, run: Run): void {
  const logs = withCluster(program.command("logs <module>").description("print the log of a module's newest pod"))
    .option("-f, --follow", "go on with what is logged from now on", false)
    .option("--tail <lines>", "only the last so many lines", lines)
    .option("--since <time>", "only what is not older, such as 90s, 15m, 2h or 1d", secondsOf)
    .option("-p, --previous", "of the run before the present one: why a module was started again", false)
    .option("--timestamps", "begin each line with its time", false)
    .addHelpText(
      "after",
      examples(
        "edgectl logs sensor -n edge-a --tail 20",
        "edgectl logs '$edgeHub' -n edge-a -f",
        "edgectl logs sensor --stack berlin -f --previous",
      ),
    );
  logs.action((module: string, flags: ModuleFlags & Partial<LogOptions>) =>
    run(async (context) => (await import("./logs.ts")).logsCommand(module, flags, context)),
  );
  const restart = withCluster(
    program.command("restart <module>").description("end a module's pods, so that new ones start"),
  );
  restart.addHelpText("after", examples("edgectl restart sensor -n edge-a"));
  restart.action((module: string, flags: ModuleFlags) =>
    run(async (context) => (await import("./restart.ts")).restartCommand(module, flags, context)),
  );
  const tree = withCluster(
    program.command("tree").description("show installations down to their pods, accounts, Secrets and ConfigMaps"),
    "only the installation in this namespace",
  )
    .option("--json", "print JSON", false)
    .addHelpText("after", examples("edgectl tree", "edgectl tree -n edge-a", "edgectl tree --stack berlin --json"));
  tree.action((flags: TreeFlags) => run(async (context) => (await import("./tree.ts")).treeCommand(flags, context)));
  const events = withCluster(
    program.command("events").description("show what the cluster tells of installations, the oldest first"),
    "only the installation in this namespace",
  )
    .option("--module <id>", "only of this module")
    .option("--warnings", "only warnings; a startup probe that fails until its program has started is none", false)
    .option("--since <time>", "only what is not older, such as 90s, 15m, 2h or 1d", secondsOf)
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      examples("edgectl events -n edge-a --since 15m", "edgectl events --module sensor --warnings"),
    );
  events.action((flags: EventsFlags) =>
    run(async (context) => (await import("./events.ts")).eventsCommand(flags, context)),
  );
  for (const command of [logs, restart, tree, events]) command.exitOverride().configureOutput(silentErrors);
}

const onlyOne = "the installation's namespace; default: the only one that has the module";

function withCluster(command: Command, namespace = onlyOne): Command {
  return command
    .option("-n, --namespace <name>", namespace)
    .option("--stack <name>", "only the installations of this stack")
    .option("--context <name>", contextHelp("cluster to use", "the one that the stack names"))
    .option("--kubeconfig <file>", "kubeconfig that has the context; default: $KUBECONFIG, else ~/.kube/config");
}

function lines(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function examples(...texts: readonly string[]): string {
  return `\nExamples:\n${texts.map((text) => `  ${text}\n`).join("")}`;
}
