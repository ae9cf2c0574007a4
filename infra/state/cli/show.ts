import { type CommandContext, cleanLine, type ExitCode, exitCodes, formatTable } from "../../terminal/index.ts";
import { type StateInventory, takeInventory } from "../inventory.ts";
import { describeRecipient } from "../recipients.ts";

export interface ShowFlags {
  readonly stack?: string;
  readonly json: boolean;
}

/** `edgectl state show` */
export async function showCommand(flags: ShowFlags, context: CommandContext): Promise<ExitCode> {
  const inventory = await takeInventory(context.projectDirectory, context.env, flags.stack);
  if (flags.json) await context.output.json(inventory);
  else await context.output.write(formatInventory(inventory));
  return inventory.problems.length > 0 ? exitCodes.findings : exitCodes.done;
}

function formatInventory({ shared, place, recipients, stacks, problems }: StateInventory): string {
  const who = recipients.map(describeRecipient).join(", ");
  const rows = stacks.flatMap(({ stack, readable, keys, certificates }) => {
    if (!readable) return [[stack, "cannot be opened here", "", ""]];
    const ends = new Map(certificates.map((certificate) => [certificate.name, certificate.ends]));
    // Whoever knows a recipient can have made the state.
    return keys.map(({ name, sha256 }) => [stack, name, sha256, ends.get(name) ?? ""].map(cleanLine));
  });
  const parts = [
    shared ? `Kept in ${place}, for ${who}` : `Kept in ${place}, on this machine alone`,
    rows.length === 0
      ? "No stack has a state."
      : formatTable(["STACK", "KEY", "PUBLIC HALF", "CA ENDS"], rows).trimEnd(),
    ...(problems.length === 0
      ? []
      : [
          `To do:\n${problems.map(({ message, evidence, fix }) => `  ${message}\n    ${evidence}\n    fix: ${fix}`).join("\n")}`,
        ]),
  ];
  return `${parts.join("\n\n")}\n`;
}
