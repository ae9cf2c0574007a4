import type { Command } from "commander";
import { contextHelp, type Run, secondsOf } from "../../terminal/index.ts";
import type { CheckFlags } from "./check.ts";
import type { CheckModuleFlags } from "./check-module.ts";

const silentErrors = { outputError: () => {} };

/** Adds `edgectl check` and `edgectl check module`. */
export function addCheck(program: Command, run: Run): void {
  const check = withCluster(
    program
      .command("check")
      .description(
        "say what is wrong with installations, link by link, and what to do; with --pre: before a deployment",
      ),
  )
    .option("--pre", "what a deployment would need, before there is one", false)
    .option("--stack <name>", "with --pre: the stack that shall be deployed; else: only its installations")
    .option("-n, --namespace <name>", "only the installation in this namespace")
    .option("--watch", "look again every so often, until Ctrl-C", false)
    .option("--interval <time>", "with --watch: how often, such as 5s or 1m; default: 5s", secondsOf)
    .addHelpText("after", help)
    .exitOverride()
    .configureOutput(silentErrors);
  check.action((flags: CheckFlags) =>
    run(async (context) => (await import("./check.ts")).checkCommand(flags, context)),
  );
  const module = withCluster(
    check
      .command("module <name>")
      .description("prove a module's whole chain by a call: pod, proxy, iotedged, answer, each with its time"),
  )
    .option("-n, --namespace <name>", "the installation's namespace; default: the only one that has the module")
    .option("--stack <name>", "stack in whose cluster the module is")
    .addHelpText(
      "after",
      "\nExamples:\n  edgectl check module sensor -n edge-a\n  edgectl check module '$edgeHub' --json\n",
    )
    .exitOverride()
    .configureOutput(silentErrors);
  // The parent has options of the same names, and takes them for its own where they stand behind the subcommand.
  module.action((name: string, _: unknown, command: Command) =>
    run(async (context) =>
      (await import("./check-module.ts")).checkModuleCommand(
        name,
        command.optsWithGlobals<CheckModuleFlags>(),
        context,
      ),
    ),
  );
}

function withCluster(command: Command): Command {
  return command
    .option("--json", "print JSON", false)
    .option("--context <name>", contextHelp("cluster to look at", "the one that the stack names"))
    .option("--kubeconfig <file>", "kubeconfig that has the context; default: $KUBECONFIG, else ~/.kube/config");
}

const help = `
Nothing is written, and no Secret is read but by its name. What you may not see is told as not known, and never as well.
Ends with 0 when nothing is wrong, with 3 when something is wrong or not known; warnings do not count.

Examples:
  edgectl check --pre --stack berlin --context factory-3
  edgectl check -n edge-a
  edgectl check --watch
  edgectl check module sensor -n edge-a
`;
