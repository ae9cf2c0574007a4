import { EdgeError } from "#base";

const attempts = 3;

/**
 * Does the work once more where another command has changed the state of the same stack meanwhile, such as a rotation that
 * goes on while the stack is deployed: what the other has kept counts, and the next attempt finds it.
 */
export async function againOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isConflict = error instanceof EdgeError && error.code === "EDGE_RENDER_STATE_CONFLICT";
      if (!isConflict || attempt === attempts) throw error;
    }
  }
}
