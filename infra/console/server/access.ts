import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Who may look: whoever has the address that the command has printed. */
export interface Access {
  /** Begin of all paths. The cookie is for it alone: browsers give cookies of `127.0.0.1` to servers on all its ports. */
  readonly path: string;
  /** What is exchanged for the cookie. */
  readonly token: string;
  readonly cookie: string;
}

const cookieName = "edgectl-console";

/** Made anew at each start, and kept in the memory of this process alone. */
export function createAccess(random: (bytes: number) => Buffer = randomBytes): Access {
  const text = (bytes: number) => random(bytes).toString("base64url");
  return { path: `/${text(16)}`, token: text(32), cookie: text(32) };
}

/** The address to open. */
export function addressOf({ path, token }: Access, port: number): string {
  return `http://127.0.0.1:${port}${path}/?token=${token}`;
}

/** Not readable by scripts, and sent along by no page of somebody else. It ends with the browser. */
export function setCookie({ cookie, path }: Access): string {
  return `${cookieName}=${cookie}; Path=${path}; HttpOnly; SameSite=Strict`;
}

export function hasToken({ token }: Access, given: string | undefined): boolean {
  return given !== undefined && isSame(given, token);
}

export function hasCookie({ cookie }: Access, header: string | undefined): boolean {
  const given = (header ?? "")
    .split(/; */)
    .filter((pair) => pair.startsWith(`${cookieName}=`))
    .map((pair) => pair.slice(cookieName.length + 1));
  return given.some((one) => isSame(one, cookie));
}

/**
 * Whether a browser was led here by this machine's own name. A page of somebody else whose name is made to lead to
 * 127.0.0.1 (DNS rebinding) has that name here.
 */
export function isOwnHost(host: string | undefined, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

/** Takes the same time wherever they differ. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
