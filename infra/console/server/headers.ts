/** What a page may do: load its own files from here, and nothing from anywhere else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "trusted-types console",
  "require-trusted-types-for 'script'",
].join("; ");

/** Of every answer. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

/** Of a picture: it may have the one style that stands in it. */
export function pictureHeaders(styleHash: string): Readonly<Record<string, string>> {
  return { "content-security-policy": `default-src 'none'; style-src ${styleHash}` };
}
