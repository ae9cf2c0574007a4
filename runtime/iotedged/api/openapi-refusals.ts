import { errorBody, type Route } from "./route.ts";

/** A refusal in OpenAPI's words: of some routes, or of all. */
interface Refusal {
  readonly name: string;
  readonly status: number;
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly isOf?: (route: Route) => boolean;
}

const retryAfter = {
  "Retry-After": {
    required: true,
    description: "In how many seconds another try is worth it.",
    schema: { type: "integer", format: "int32", minimum: 1 },
  },
};
const reads = ({ body }: Route) => body !== undefined;
const hasParameter = ({ path }: Route) => path.includes(":");

const all: readonly Refusal[] = [
  { name: "BadRequest", status: 400, description: "The request is not valid." },
  {
    name: "Unauthorized",
    status: 401,
    description: "The request carries no valid module identity.",
    headers: {
      "WWW-Authenticate": { required: true, description: "How to say who asks.", schema: { const: "Bearer" } },
    },
  },
  {
    name: "Forbidden",
    status: 403,
    description: "This module may not do that, or the installation does not offer it.",
  },
  { name: "NotFound", status: 404, description: "There is no such thing, or not in that API version." },
  {
    name: "MethodNotAllowed",
    status: 405,
    description: "Always: the route is IoT Edge's, and has no meaning here.",
    headers: {
      Allow: {
        required: true,
        description: "Methods that the path has; empty where there is none.",
        schema: { type: "string" },
      },
    },
    isOf: ({ status }) => status === 405,
  },
  { name: "RequestTimeout", status: 408, description: "The request did not come to its end in time." },
  { name: "ContentTooLarge", status: 413, description: "The body is longer than 64 KiB.", isOf: reads },
  {
    name: "UriTooLong",
    status: 414,
    description: "A parameter of the path is longer than 1024 characters.",
    isOf: hasParameter,
  },
  { name: "UnsupportedMediaType", status: 415, description: "The body is compressed, or of no media type." },
  {
    name: "TooManyRequests",
    status: 429,
    description: "The module asks too often.",
    headers: retryAfter,
  },
  { name: "HeaderTooLarge", status: 431, description: "The request's head is longer than 16 KiB." },
  { name: "InternalServerError", status: 500, description: "iotedged has failed; its log says how." },
  {
    name: "ServiceUnavailable",
    status: 503,
    description: "The module cannot be authenticated or served at present, or too many ask at once.",
    headers: retryAfter,
  },
];

/** What the routes' refusals refer to. */
export const responses = Object.fromEntries(
  all.map(({ name, description, headers }) => [name, answer(description, headers)]),
);

/** What a route may answer besides success, by status. */
export function refusals(route: Route): Record<string, object> {
  const own = all.filter(({ isOf }) => isOf === undefined || isOf(route));
  const shared = own.map(({ name, status }) => [status, { $ref: `#/components/responses/${name}` }] as const);
  const conflict = route.status === 409 ? "Always: the route is IoT Edge's, and has no meaning here." : route.conflict;
  return Object.fromEntries<object>([...shared, ...(conflict === undefined ? [] : [[409, answer(conflict)] as const])]);
}

function answer(description: string, headers?: object) {
  return { description, ...(headers && { headers }), content: { "application/json": { schema: errorBody } } };
}
