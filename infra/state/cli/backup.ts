import { randomUUID } from "node:crypto";
import { access } from "node:fs/promises";
import { writeAtomically } from "#base";
import { type CommandContext, type ExitCode, terminalErrors } from "../../terminal/index.ts";
import { seal } from "../envelope.ts";
import { stateErrors } from "../errors.ts";
import { keptKeys } from "../kept-keys.ts";
import { describeRecipient, parseRecipient, type Recipient } from "../recipients.ts";
import { readSettings } from "../settings.ts";
import { shown, stackStorage } from "../shared-state.ts";

export interface BackupFlags {
  readonly stack: string;
  readonly out: string;
  readonly recipient: readonly string[];
  readonly json: boolean;
}

/** `edgectl state backup` */
export async function backupCommand(flags: BackupFlags, context: CommandContext): Promise<ExitCode> {
  const { projectDirectory, env, output } = context;
  const { stack, out } = flags;
  const open = await readSettings(projectDirectory);
  const named = flags.recipient.map(parseRecipient);
  const recipients: readonly Recipient[] = named.length > 0 ? named : (open?.settings.recipients ?? []);
  if (recipients.length === 0) {
    const problem =
      'who can open the backup? Where the state is not shared, name them: --recipient "$(npx edgectl state key)" is yourself';
    throw terminalErrors.EDGE_CLI_USAGE({ problem, command: "state backup " });
  }
  const storage = await stackStorage(projectDirectory, stack, env);
  const stored = await storage.read();
  if (stored === undefined) throw stateErrors.EDGE_STATE_NOT_THERE({ stack, place: shown(storage.place) });
  const keys = await keptKeys(stored.text, storage.place);
  const id = open?.settings.id ?? randomUUID();
  const text = await seal({ id, stack, recipients: recipients.map(({ key }) => key), state: stored.text });
  await write(out, text);
  if (flags.json) await output.json({ stack, file: out, recipients, ...keys });
  else {
    const who = recipients.map(describeRecipient).join(", ");
    await output.write(`${out}: ${keys.keys.length} keys of stack ${stack}. It can be opened by ${who}.\n`);
  }
  return 0;
}

async function write(file: string, text: string): Promise<void> {
  const failed = (problem: string) => stateErrors.EDGE_STATE_FILE({ file, problem });
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) throw failed("it is there already");
  await writeAtomically(file, text, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw failed(`it cannot be written (${error.code})`);
  });
}
