import { link } from "node:fs/promises";

/**
 * Takes a lock by linking its name to a file that is written already, so that every lock says who holds it.
 *
 * @returns false where the lock is taken
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
