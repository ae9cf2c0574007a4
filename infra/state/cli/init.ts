import { randomUUID } from "node:crypto";
import { type CommandContext, type ExitCode, terminalErrors } from "../../terminal/index.ts";
import { stateErrors } from "../errors.ts";
import { findOrMakeIdentity, recipientsOf } from "../identities.ts";
import { moveOwnStates } from "../move-state.ts";
import { describeRecipient, parseRecipient, type Recipient, uniteRecipients } from "../recipients.ts";
import { readSettings, type StateSettings, settingsFileOf, writeSettings } from "../settings.ts";
import { shareState, shown } from "../shared-state.ts";
import { userName } from "../user-name.ts";

export interface InitFlags {
  readonly in: "repository" | "cluster";
  readonly recipient: readonly string[];
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly json: boolean;
}

/** `edgectl state init`. Can be repeated: what was moved stays moved. */
export async function initCommand(flags: InitFlags, context: CommandContext): Promise<ExitCode> {
  const { projectDirectory, env, output, progress } = context;
  const cluster = clusterOf(flags);
  const recipients = flags.recipient.map(parseRecipient);
  const identities = await findOrMakeIdentity(env);
  if (identities.made) progress.note(`made a key: ${identities.source}. Back it up where only you can read it.`);
  const file = settingsFileOf(projectDirectory);
  const before = await readSettings(projectDirectory);
  const settings = before?.settings ?? {
    version: 1,
    id: randomUUID(),
    ...(cluster && { cluster }),
    recipients: [...uniteRecipients(recipients, own(await recipientsOf(identities)))],
  };
  const shared = await shareState(projectDirectory, env, settings);
  if (before !== undefined && !isAsAsked(before.settings, cluster, recipients))
    throw stateErrors.EDGE_STATE_SHARED_ALREADY({ place: shared.place, file: shown(file) });
  await shared.mark();
  if (before === undefined) await writeSettings(projectDirectory, undefined, settings);
  const moved = await moveOwnStates(projectDirectory, shared);
  if (flags.json) {
    await output.json({ file, place: shared.place, recipients: settings.recipients, moved });
    return 0;
  }
  const who = settings.recipients.map(describeRecipient).join(", ");
  await output.write(
    `The state is kept in ${shared.place}, and ${shown(file)} says so. It can be opened by ${who}.\n` +
      `${moved.map((stack) => `Moved: stack ${stack}, from .edge/state\n`).join("")}` +
      `\nNext:\n  git add ${shown(file).replace(/settings\.yaml$/, "")} && git commit\n`,
  );
  return 0;
}

function clusterOf({ in: place, context, kubeconfig, namespace }: InitFlags): StateSettings["cluster"] {
  if (place === "cluster" && context !== undefined)
    return { context, namespace, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
  if (place === "repository" && context === undefined && kubeconfig === undefined) return undefined;
  const problem =
    place === "cluster"
      ? "--in cluster needs --context: it says which cluster"
      : "--context and --kubeconfig say where Secrets are kept, and need --in cluster";
  throw terminalErrors.EDGE_CLI_USAGE({ problem, command: "state init " });
}

function own(keys: readonly string[]): readonly Recipient[] {
  const name = userName();
  return keys.map((key) => ({ ...(name === undefined ? {} : { name }), key }));
}

/** A repetition may name the recipients again, or none. */
function isAsAsked(
  { cluster, recipients }: StateSettings,
  asked: StateSettings["cluster"],
  named: readonly Recipient[],
): boolean {
  const isThere = ({ key }: Recipient) => recipients.some((recipient) => recipient.key === key);
  return cluster?.context === asked?.context && cluster?.namespace === asked?.namespace && named.every(isThere);
}
