import { HttpError, unauthenticated } from "../http/http-error.ts";

/** Longest token in characters. The API server's own tokens have about 1000. */
const maxTokenLength = 16 * 1024;
const header = "authorization";
/** RFC 6750's b64token, after the scheme and one space. */
const credentials = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/;

/**
 * The token of a request: of its one `Authorization` header, of scheme `Bearer`.
 *
 * @param rawHeaders names and values in turn, as Node gives them; its parsed headers hide a repeated one
 * @throws HttpError 401 without a well-formed header, 400 when there is more than one
 */
export function bearerToken(rawHeaders: readonly string[]): string {
  let value: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== header.length || name.toLowerCase() !== header) continue;
    if (value !== undefined) throw new HttpError(400, "token-repeated", "The Authorization header is repeated");
    value = rawHeaders[index + 1];
  }
  if (value === undefined) throw unauthenticated("token-missing");
  if (value.length > maxTokenLength) throw unauthenticated("token-malformed");
  const token = credentials.exec(value)?.[1];
  if (token === undefined) throw unauthenticated("token-malformed");
  return token;
}
