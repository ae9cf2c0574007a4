import { badRequest } from "../http/http-error.ts";

/** Versions of both APIs that clients may ask for, oldest first. */
export const apiVersions = ["2018-06-28", "2019-01-30", "2019-10-22", "2019-11-05", "2020-07-07"] as const;
export type ApiVersion = (typeof apiVersions)[number];

/** The newest: what modules find in `IOTEDGE_APIVERSION`. */
export const latestApiVersion: ApiVersion = "2020-07-07";

const shown = 32;

/**
 * The version that a request asks for.
 *
 * @param value of query parameter `api-version`; an array when it is repeated
 * @throws HttpError 400 when it is missing, repeated or unknown
 */
export function parseApiVersion(value: unknown): ApiVersion {
  const version = apiVersions.find((known) => known === value);
  if (version !== undefined) return version;
  const text = typeof value === "string" ? value.slice(0, shown) : "";
  throw badRequest(`Invalid API version ${JSON.stringify(text)}`);
}
