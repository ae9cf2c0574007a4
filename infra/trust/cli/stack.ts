import { stackFileOf } from "../../render/index.ts";
import { readStackFile, type StackFile, writeStackFile } from "../stack-file.ts";

/** A stack whose file edgectl edits. */
export interface OpenStack {
  readonly path: string;
  readonly file: StackFile;
  /** The file as it is now. */
  reread(): Promise<StackFile>;
  write(text: string): Promise<void>;
}

/** @throws EDGE_RENDER_NO_PROJECT, EDGE_RENDER_STACK_NAME, EDGE_RENDER_STACK_MISSING, EDGE_TRUST_STACK_FILE */
export async function openStack(projectDirectory: string, stack: string): Promise<OpenStack> {
  const path = await stackFileOf(projectDirectory, stack);
  const reread = () => readStackFile(path);
  return { path, file: await reread(), reread, write: (text) => writeStackFile(path, text) };
}
