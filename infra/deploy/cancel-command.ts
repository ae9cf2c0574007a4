import process from "node:process";
import { shellWord } from "#base";

/**
 * What releases a stack's lock, as it runs in any directory.
 *
 * @param args of the operation that has met the lock
 * @param env that operation's: the backend that edgectl brings along is not that of who runs edgectl
 */
export function cancelCommand(
  args: readonly string[],
  { PULUMI_BACKEND_URL: backend }: NodeJS.ProcessEnv,
  own: NodeJS.ProcessEnv = process.env,
): string {
  const named = ["--stack", "--cwd"].flatMap((name) => {
    const value = args[args.indexOf(name) + 1];
    return args.includes(name) && value !== undefined ? [name, value] : [];
  });
  // Who has set it has it still, and it may hold a password.
  const isOwn = backend === undefined || backend === own.PULUMI_BACKEND_URL;
  const variables = isOwn ? [] : [`PULUMI_BACKEND_URL=${shellWord(backend)}`];
  return [...variables, ...["pulumi", "cancel", ...named].map(shellWord)].join(" ");
}
