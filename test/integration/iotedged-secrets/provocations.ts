import type { Route } from "../../../runtime/iotedged/api/route.ts";
import { httpLimits } from "../../../runtime/iotedged/http/limits.ts";
import type { RawRequest } from "./raw-request.ts";

/** Stands for all that a module may send and nobody else may read. */
export const mark = "cAnArY-4711";
export const encodedMark = Buffer.from(mark).toString("base64");

/** Whose tokens there are to provoke with. */
export interface Tokens {
  readonly sensor: string;
  readonly edgeAgent: string;
  /** Of an account of the namespace that stands for no module. */
  readonly stranger: string;
  /** Genuine, but made for the API server. */
  readonly otherAudience: string;
  /** Well-formed, for this installation, and signed by nobody. */
  readonly forged: string;
}

const good = "api-version=2020-07-07";
const marked = [`X-Custom: ${mark}-header`, `User-Agent: ${mark}-agent`];
const bearer = (token: string) => `Authorization: Bearer ${token}`;
const fill = (path: string, name: string, genid: string) => path.replace(":name", name).replace(":genid", genid);

/** Every way in which a call of a route goes wrong, each with marks in its path, query, headers and body. */
export function provocationsOf({ method, path }: Route, tokens: Tokens, generationId: string): RawRequest[] {
  const own = fill(path, "sensor", generationId);
  const others = fill(path, `${mark}-name`, `${mark}-genid`);
  const query = `${good}&q=${mark}-query`;
  const hasBody = method === "POST" || method === "PUT";
  const request = (target: string, headers: readonly string[], body = "{}"): RawRequest => ({
    method,
    target,
    headers: [...marked, ...headers],
    body: hasBody ? body : undefined,
  });
  const unknown = [
    [],
    [`Authorization: Bearer ${mark} ${mark}`],
    [`Authorization: Basic ${encodedMark}`],
    [bearer(tokens.sensor), bearer(tokens.edgeAgent)],
    ...[tokens.forged, tokens.otherAudience, tokens.stranger].map((token) => [bearer(token)]),
  ];
  const known = [tokens.sensor, tokens.edgeAgent].flatMap((token) => [
    request(`${own}?api-version=${mark}`, [bearer(token)]),
    request(`${own}?q=${mark}`, [bearer(token)]),
    request(`${others}?${query}`, [bearer(token)], JSON.stringify(bodyOf(mark))),
    request(`${own}?${query}&tail=${mark}&since=${mark}&edge_runtime_only=${mark}`, [bearer(token)]),
    request(`${own}?${query}`, [bearer(token), `X-IoTEdge-Trust-Bundle: ${mark}`], `{"${mark}`),
    request(`${own}?${query}`, [bearer(token)], JSON.stringify({ ...bodyOf(5), more: mark })),
    request(`${own}?${query}`, [bearer(token)], JSON.stringify(bodyOf(mark))),
    request(`${own}?${query}`, [bearer(token)], mark.repeat(httpLimits.bodyLimit / mark.length + 1)),
    request(`${own}?${query}`, [bearer(token), `X-Long: ${mark.repeat(httpLimits.maxHeaderSize / mark.length + 1)}`]),
    request(`${own}?${query}`, [bearer(token), `${mark} is no header`]),
    request(`/%zz${mark}${own}?${query}`, [bearer(token)]),
    request(`/${mark}${own}?${query}`, [bearer(token)]),
    { ...request(`${own}?${query}`, [bearer(token)]), method: "PATCH" },
  ]);
  return [...unknown.map((headers) => request(`${own}?${query}`, headers)), ...known];
}

/** Every field that any route knows, all with one value. */
function bodyOf(value: string | number) {
  const fields = ["keyId", "data", "digest", "plaintext", "ciphertext", "initializationVector", "commonName"];
  return Object.fromEntries([...fields, "expiration", "algo"].map((field) => [field, value]));
}
