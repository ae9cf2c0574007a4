import { type Command, InvalidArgumentError } from "commander";
import { contextHelp, type Run } from "../../terminal/index.ts";
import type { ReadTrust } from "../live/cluster-world.ts";
import type { ConsoleFlags } from "./console.ts";

/**
 * Adds `edgectl console`, which works with the rights of who calls it.
 *
 * @param loadTrust what reads the trust of installations, which is in a room beside this one
 */
export function addConsole(program: Command, run: Run, loadTrust: () => Promise<ReadTrust>): void {
  program
    .command("console")
    .description(
      "show installations, logs, permissions, trust and rollouts in a browser on this machine; changes nothing",
    )
    .option("--port <number>", "port of 127.0.0.1 to listen on; default: any that is free", portOf, 0)
    .option("--no-open", "only print the address")
    .option("-n, --namespace <name>", "only the installation in this namespace")
    .option("--stack <name>", "only the installations of this stack")
    .option("--context <name>", contextHelp("cluster to look at", "the one that the stack names"))
    .option("--kubeconfig <file>", "kubeconfig that has the context; default: $KUBECONFIG, else ~/.kube/config")
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText("after", help)
    .action((flags: ConsoleFlags) =>
      run(async (context) => (await import("./console.ts")).consoleCommand(flags, context, await loadTrust())),
    );
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError("It must be a number up to 65535.");
  return port;
}

const help = `
It listens on 127.0.0.1 alone and lets in who has the address that it prints, with a token in it. It sends nothing to the
cluster but get, list and watch, and never asks for a Secret. Ctrl-C ends it.

Examples:
  edgectl console
  edgectl console --stack berlin -n edge-a
  edgectl console --context factory-3 --port 8123 --no-open
`;
