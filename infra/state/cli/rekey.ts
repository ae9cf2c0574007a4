import { listStacks } from "../../render/index.ts";
import { asCalled, type CommandContext, type ExitCode } from "../../terminal/index.ts";
import { stateErrors } from "../errors.ts";
import { findIdentities, recipientsOf } from "../identities.ts";
import { describeRecipient, parseRecipient, uniteRecipients, withoutRecipients } from "../recipients.ts";
import { readSettings, settingsFileOf, writeSettings } from "../settings.ts";
import { shareState, shown } from "../shared-state.ts";

export interface RekeyFlags {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly json: boolean;
}

/**
 * `edgectl state rekey`. The settings come first, so that nothing new is encrypted for who is removed; when it is cut off
 * after that, the same command without options completes it.
 */
export async function rekeyCommand(flags: RekeyFlags, context: CommandContext): Promise<ExitCode> {
  const { projectDirectory, env, output } = context;
  const before = await readSettings(projectDirectory);
  if (before === undefined) throw stateErrors.EDGE_STATE_NOT_SHARED({ file: shown(settingsFileOf(projectDirectory)) });
  const { settings } = before;
  const kept = withoutRecipients(settings.recipients, flags.remove);
  const recipients = uniteRecipients(kept, flags.add.map(parseRecipient));
  const keys = recipients.map(({ key }) => key);
  const mine = await recipientsOf(await findIdentities(env));
  if (!mine.some((key) => keys.includes(key))) throw stateErrors.EDGE_STATE_LOCKED_OUT();
  const shared = await shareState(projectDirectory, env, { ...settings, recipients: [...recipients] });
  const stacks = await listStacks(projectDirectory);
  // All are read before anything is written: whoever cannot open them must not change who can.
  const states = [];
  for (const stack of stacks) {
    const storage = shared.storage(stack);
    const stored = await storage.read();
    if (stored !== undefined) states.push({ stack, storage, stored });
  }
  if (keys.join() !== settings.recipients.map(({ key }) => key).join() || flags.add.length > 0)
    await writeSettings(projectDirectory, before, { ...settings, recipients: [...recipients] });
  for (const { storage, stored } of states) await storage.replace(stored, stored.text);
  const rekeyed = states.map(({ stack }) => stack);
  if (flags.json) {
    await output.json({ recipients, stacks: rekeyed });
    return 0;
  }
  const who = recipients.map(describeRecipient).join(", ");
  await output.write(
    `Encrypted anew: ${rekeyed.join(", ") || "nothing, there is no state yet"}. It can be opened by ${who}.\n`,
  );
  if (flags.remove.length > 0) await output.write(asCalled(removedNote));
  return 0;
}

const removedNote = `
Who was removed can still open what was kept before, such as older commits. If that is not to be, give the stacks other keys:
  npx edgectl trust rotate --stack STACK {clusterOptions}
and another identity key: docs/keys.md
`;
