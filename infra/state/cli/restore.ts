import { readBounded } from "#base";
import { loadProject } from "../../render/index.ts";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { open } from "../envelope.ts";
import { stateErrors } from "../errors.ts";
import { findIdentities } from "../identities.ts";
import { keptKeys, lostKeys, ownersOf } from "../kept-keys.ts";
import { stackStorage } from "../shared-state.ts";

export interface RestoreFlags {
  readonly stack: string;
  readonly replace: boolean;
  readonly json: boolean;
}

const maxFileBytes = 128 * 1024 * 1024;

/** `edgectl state restore` */
export async function restoreCommand(file: string, flags: RestoreFlags, context: CommandContext): Promise<ExitCode> {
  const { projectDirectory, env, output } = context;
  const { stack } = flags;
  const { name: project } = await loadProject(projectDirectory, stack);
  const { stack: of, state } = await open(await readBackup(file), await findIdentities(env), file);
  const wanted = `urn:pulumi:${stack}::${project}`;
  const foreign = (await ownersOf(state, file)).find((owner) => owner !== wanted);
  if (of !== stack || foreign !== undefined) {
    const found = of !== stack ? `stack ${of}` : `stack and project ${foreign?.slice("urn:pulumi:".length)}`;
    throw stateErrors.EDGE_STATE_FOREIGN({ place: file, found, wanted: `stack ${stack} of project ${project}` });
  }
  const storage = await stackStorage(projectDirectory, stack, env);
  const present = await storage.read();
  const lost = present === undefined ? [] : await lostKeys(present.text, state, storage.place);
  if (lost.length > 0 && !flags.replace)
    throw stateErrors.EDGE_STATE_WOULD_LOSE({ file, stack, keys: lost.join(", ") });
  const isSame = present?.text === state;
  if (!isSame) await storage.replace(present, state);
  const { keys } = await keptKeys(state, file);
  if (flags.json) await output.json({ stack, place: storage.place, changed: !isSame, keys, lost });
  else if (isSame) await output.write(`${storage.place} has the same already.\n`);
  else await output.write(`${storage.place}: ${keys.length} keys of stack ${stack}, from ${file}\n`);
  return 0;
}

async function readBackup(file: string): Promise<string> {
  const failed = (problem: string) => stateErrors.EDGE_STATE_FILE({ file, problem });
  try {
    const text = await readBounded(file, maxFileBytes);
    if (text === undefined) throw failed("it is larger than 128 MiB");
    return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code?.startsWith("EDGE_")
      ? error
      : failed(code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`);
  }
}
