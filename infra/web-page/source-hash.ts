import { createHash } from "node:crypto";

/** How a content security policy names one inline style or script: nothing else that stands in the page counts then. */
export function sourceHash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
