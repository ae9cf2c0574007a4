import { userInfo } from "node:os";

/** Whose key it is, in a list for people; undefined where the system does not tell, or tells what is no name. */
export function userName(): string | undefined {
  try {
    const { username } = userInfo();
    return /^[\w.@-]{1,64}$/.test(username) ? username : undefined;
  } catch {
    return undefined;
  }
}
