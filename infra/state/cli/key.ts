import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { findOrMakeIdentity, recipientsOf } from "../identities.ts";

/** `edgectl state key` */
export async function keyCommand(flags: { readonly json: boolean }, context: CommandContext): Promise<ExitCode> {
  const identities = await findOrMakeIdentity(context.env);
  const recipients = await recipientsOf(identities);
  const { source, made } = identities;
  if (made) context.progress.note(`made a key: ${source}. Whoever has it can open what is encrypted for you.`);
  if (flags.json) await context.output.json({ source, made, recipients });
  else await context.output.write(`${recipients.join("\n")}\n`);
  return 0;
}
