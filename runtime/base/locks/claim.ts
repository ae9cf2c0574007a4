import { link } from "node:fs/promises";

/**
 * Gives a file that is written already the name of a lock, so that a lock that is there says whose it is.
 *
 * @returns false where there is a lock of that name already
 */
export async function claim(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
