import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { trustErrors } from "../errors.ts";
import { formatBlockers } from "../rotation.ts";
import { requireStacks } from "./fleet.ts";
import { breaks, nothingChanged, type RevokeFlags, revocationsOf, waitUntilGone } from "./revocation.ts";
import { type StackWorld, stackWorld } from "./world.ts";

/** `edgectl trust revoke-root`: bundle first, then certificates. Requests fail until both have reached every pod. */
export async function revokeCommand(id: string, flags: RevokeFlags, context: CommandContext): Promise<ExitCode> {
  if (flags.fleet !== undefined) return (await import("./revoke-fleet.ts")).revokeFleet(id, flags, context);
  let exitCode: ExitCode = exitCodes.done;
  for (const stack of requireStacks(flags, "revoke-root")) {
    const one = await stackWorld(stack, flags, context);
    const changes = revocationsOf(one, id);
    if (changes.size === 0) throw unknownRoot(stack, one, id);
    await context.output.write(await breaks(one, changes, id));
    if (!flags.yes) {
      await context.output.write(nothingChanged);
      continue;
    }
    await one.world.edit(changes);
    await one.world.deploy();
    const left = await waitUntilGone(one, [...changes.keys()], flags, context);
    await context.output.write(
      left.length === 0
        ? `stack ${stack}: nobody trusts ${id} any more, and nothing below it is in use\n`
        : `stack ${stack}: ${id} is out of the bundle; still broken:\n${formatBlockers(left)}\n`,
    );
    if (left.length > 0) exitCode = exitCodes.error;
  }
  return exitCode;
}

function unknownRoot(stack: string, { open }: StackWorld, root: string): Error {
  const ids = [...open.file.installations.values()].flatMap(({ roots }) => roots.map(({ id }) => id));
  return trustErrors.EDGE_TRUST_ROOT_UNKNOWN({ stack, root, roots: [...new Set(ids)].join(", ") });
}
