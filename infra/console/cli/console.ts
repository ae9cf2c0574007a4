import process from "node:process";
import { systemClock, systemTimer } from "#base";
import { loadScrubber } from "#contract";
import { hintsWithin } from "../../deploy/index.ts";
import { chooseCluster } from "../../modules/index.ts";
import { createRunReader, openRollouts } from "../../rollout/index.ts";
import { type CommandContext, type ExitCode, exitCodes, movesCursor } from "../../terminal/index.ts";
import { clusterWorld, type ReadTrust } from "../live/cluster-world.ts";
import { sharedReadings } from "../live/shared-readings.ts";
import { createAccess } from "../server/access.ts";
import { startConsole } from "../server/server.ts";
import { openInBrowser } from "./open-in-browser.ts";

export interface ConsoleFlags {
  readonly port: number;
  readonly open: boolean;
  readonly stack?: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** `edgectl console`: runs until Ctrl-C. */
export async function consoleCommand(
  flags: ConsoleFlags,
  context: CommandContext,
  readTrust: ReadTrust,
): Promise<ExitCode> {
  const { output, progress, signal } = context;
  const { target, cluster, namespaces } = await chooseCluster(flags, context);
  const server = await startConsole({
    world: sharedReadings(
      clusterWorld({
        config: cluster.config,
        context: target.context,
        namespaces,
        hints: await hintsWithin(context.projectDirectory, target, flags.stack),
        rollouts: createRunReader(openRollouts(context)),
        readTrust,
      }),
    ),
    access: createAccess(),
    port: flags.port,
    clock: systemClock,
    timer: systemTimer,
    scrubber: await loadScrubber(),
  });
  let closeBrowser = async () => {};
  try {
    await output.write(`${server.address}\n`);
    progress.note(`Shows ${target.context} to who opens this address. Ctrl-C ends it.`);
    const isTerminal = movesCursor(process.stdout, context.env);
    if (flags.open && isTerminal) closeBrowser = await openInBrowser(server.address, context.env);
    await aborted(signal);
  } finally {
    await closeBrowser();
    await server.close();
  }
  return exitCodes.interrupted;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
