import { type FileHandle, open, rm } from "node:fs/promises";
import { draftFile } from "#base";
import { terminalErrors } from "../terminal/index.ts";
import { supportBundleErrors } from "./errors.ts";

/** A file that is there whole or, when something fails, as it was before. */
export interface OutFile {
  write(chunk: Uint8Array): Promise<void>;
  /** Puts the file into place. */
  keep(): Promise<void>;
  /** Leaves nothing behind. */
  drop(): Promise<void>;
}

/** Logs are for who has asked for them. */
const mode = 0o600;

/**
 * @param force whether a file that is there is replaced
 * @throws EDGE_SUPPORT_FILE_EXISTS, EDGE_CLI_OUTPUT
 */
export async function createOutFile(file: string, force: boolean): Promise<OutFile> {
  const guard = async <T>(action: Promise<T>): Promise<T> => {
    try {
      return await action;
    } catch (cause) {
      throw failure(file, force, cause as NodeJS.ErrnoException);
    }
  };
  const draft = force ? await guard(draftFile(file, { mode })) : undefined;
  const handle: FileHandle = await guard(open(draft?.path ?? file, "wx", mode));
  return {
    write: async (chunk) => void (await guard(handle.appendFile(chunk))),
    keep: async () => {
      await guard(handle.close());
      if (draft !== undefined) await guard(draft.keep());
    },
    drop: async () => {
      await handle.close().catch(() => {});
      await rm(draft?.path ?? file, { force: true });
    },
  };
}

function failure(file: string, force: boolean, cause: NodeJS.ErrnoException): Error {
  if (cause.code === "EEXIST" && !force) return supportBundleErrors.EDGE_SUPPORT_FILE_EXISTS({ file }, { cause });
  return terminalErrors.EDGE_CLI_OUTPUT({ file, problem: cause.code ?? cause.message }, { cause });
}
