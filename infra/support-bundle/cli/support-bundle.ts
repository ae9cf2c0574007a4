import { hintsWithin } from "../../deploy/index.ts";
import { chooseCluster } from "../../modules/index.ts";
import { type CommandContext, type ExitCode, exitCodes, terminalErrors } from "../../terminal/index.ts";
import { findInstallation } from "../find-installation.ts";
import { createOutFile, type OutFile } from "../out-file.ts";
import { writeBundle } from "../write-bundle.ts";

export interface SupportBundleFlags {
  readonly stack?: string;
  readonly namespace?: string;
  readonly out?: string;
  readonly force: boolean;
  readonly metrics: boolean;
  /** How old logs may be, in seconds. */
  readonly since?: number;
  readonly json: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
}

const stdout = "-";
const day = 86_400;

/** `edgectl support-bundle` */
export async function supportBundleCommand(flags: SupportBundleFlags, context: CommandContext): Promise<ExitCode> {
  const { output, progress, signal } = context;
  const { json, force, metrics } = flags;
  if (json && flags.out === stdout) {
    throw terminalErrors.EDGE_CLI_USAGE({ problem: "--json and --out - both want stdout", command: "support-bundle " });
  }
  const { target: named, cluster, namespaces } = await chooseCluster(flags, context);
  const installation = await findInstallation(cluster, namespaces);
  const { namespace } = installation;
  const now = Date.now();
  const file = flags.out ?? `iotedge-support-${namespace}-${compact(now)}.zip`;
  const target = file === stdout ? onStdout(output.write) : await createOutFile(file, force);
  const made = await progress.step(`Support bundle of ${namespace}`, async (tell) => {
    const since = now - (flags.since ?? day) * 1000;
    try {
      const { write } = target;
      const hints = await hintsWithin(context.projectDirectory, named, flags.stack);
      const summary = await writeBundle({ cluster, hints, installation, now, since, metrics, write, tell, signal });
      await target.keep();
      return summary;
    } catch (error) {
      await target.drop();
      throw error;
    }
  });
  const complete = made.missing.length === 0;
  if (json) await output.json({ file, ...installation, complete, ...made });
  else if (file !== stdout) await output.write(`${file}: ${made.files} files, ${made.bytes} bytes\n`);
  for (const { what, problem } of made.missing) progress.note(`missing: ${what}: ${problem}`);
  return exitCodes.done;
}

function onStdout(write: (chunk: Uint8Array) => Promise<void>): OutFile {
  const nothing = async () => {};
  return { write, keep: nothing, drop: nothing };
}

/** `20260301T120000Z` */
function compact(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}
