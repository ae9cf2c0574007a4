import { rolloutErrors } from "../../errors.ts";
import { runCommand } from "../../gates/run-command.ts";
import type { SignCommand } from "../../model/index.ts";
import { digestOf } from "../artifacts.ts";

/** Tells commands apart. What they sign says it, so that another command, or one that is new, signs anew. */
export function signerOf({ command }: Pick<SignCommand, "command">): string {
  return digestOf(command);
}

/**
 * Has an artifact signed by the command of the fleet file.
 *
 * @param reference `registry/path@sha256:...`
 * @throws EDGE_ROLLOUT_SIGN
 */
export async function signArtifact(
  { command, timeoutMs }: SignCommand,
  reference: string,
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const { code, lastLine } = await runCommand({ command: [...command, reference], signal: limit });
  if (code === 0) return;
  signal.throwIfAborted();
  const problem = lastLine || `it ended with ${code}`;
  throw rolloutErrors.EDGE_ROLLOUT_SIGN({ reference, program: command[0], problem });
}

/**
 * Whether the signature of an artifact is good, by the fleet file's command for that. Without one it is taken to be: what
 * an artifact says of its signer, everybody can write who may push.
 *
 * @param reference `registry/path@sha256:...`
 * @throws EDGE_ROLLOUT_VERIFY where the command has no answer
 */
export async function isSignatureGood(
  { verify, timeoutMs }: SignCommand,
  reference: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (verify === undefined) return true;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const { code, lastLine } = await runCommand({ command: [...verify, reference], signal: limit });
  if (code !== undefined) return code === 0;
  signal.throwIfAborted();
  throw rolloutErrors.EDGE_ROLLOUT_VERIFY({ reference, program: verify[0], problem: lastLine || "it was ended" });
}
