import { badRequest } from "../http-error.ts";

/** Versions of both APIs that clients may ask for, oldest first. */
export const apiVersions = [
  "2018-06-28",
  "2019-01-30",
  "2019-10-22",
  "2019-11-05",
  "2020-05-11",
  "2020-07-07",
  "2021-12-07",
  "2022-08-03",
] as const;
export type ApiVersion = (typeof apiVersions)[number];

/**
 * What modules find in `IOTEDGE_APIVERSION`: the newest version of IoT Edge on Kubernetes. Images of that time know no
 * newer one, and none brought anything to the workload API.
 */
export const announcedApiVersion: ApiVersion = "2020-07-07";

const parameter = "api-version";
/** What clients send, so that their queries need not be parsed. */
const usual: ReadonlyMap<string, ApiVersion> = new Map(
  apiVersions.map((version) => [`${parameter}=${version}`, version] as const),
);

/**
 * The version that a request asks for.
 *
 * @param query without the question mark
 * @throws HttpError 400 when parameter `api-version` is missing, repeated or unknown
 */
export function parseApiVersion(query: string): ApiVersion {
  const known = usual.get(query);
  if (known !== undefined) return known;
  const values = new URLSearchParams(query).getAll(parameter);
  const version = apiVersions.find((one) => values.length === 1 && one === values[0]);
  if (version !== undefined) return version;
  throw badRequest(`Invalid API version: ${parameter} must be there once, and one of ${apiVersions.join(", ")}`);
}
