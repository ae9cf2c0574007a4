import { HttpError, unauthenticated } from "../http-error.ts";

/** Longest token in characters. The API server's own tokens have about 1000. */
const maxTokenLength = 16 * 1024;
const header = "authorization";
/** RFC 6750's b64token, after the scheme and one space. */
const pattern = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/;

/**
 * The credentials of a request as they came: the value of its one `Authorization` header.
 *
 * @param rawHeaders names and values in turn, as Node gives them; its parsed headers hide a repeated one
 * @throws HttpError 401 without that header, 400 when there is more than one
 */
export function credentialsOf(rawHeaders: readonly string[]): string {
  let value: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== header.length || name.toLowerCase() !== header) continue;
    if (value !== undefined) throw new HttpError(400, "token-repeated", "The Authorization header is repeated");
    value = rawHeaders[index + 1];
  }
  if (value === undefined) throw unauthenticated("token-missing");
  return value;
}

/**
 * The token of credentials of scheme `Bearer`.
 *
 * @throws HttpError 401 when they are not well-formed
 */
export function bearerToken(credentials: string): string {
  if (credentials.length > maxTokenLength) throw unauthenticated("token-malformed");
  const token = pattern.exec(credentials)?.[1];
  if (token === undefined) throw unauthenticated("token-malformed");
  return token;
}
