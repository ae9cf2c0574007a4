import type { Readable } from "node:stream";
import Type, { type Static, type TSchema } from "typebox";
import { systemModuleIds } from "#contract";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import type { ApiVersion } from "./api-version.ts";
import type { Budget } from "./budgets.ts";

/**
 * Who may call a route. `installation`: any module of the installation. `self`: only the module that the path names, in
 * the generation that it names. `edgeAgent`: EdgeAgent alone. `edgeHub`: the hub alone. There is no other way in.
 */
export type Access = "installation" | "self" | "edgeAgent" | "edgeHub";

/** One row of the closed table of what iotedged serves. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Parameters as `:name` and `:genid`. */
  readonly path: string;
  /** The first API version that has it. */
  readonly since: ApiVersion;
  readonly access: Access;
  /** Whether calls that are served leave an audit line, as those that are refused do. */
  readonly audited?: true;
  /** What the request is counted under. */
  readonly budget: Budget;
  readonly body?: TSchema;
  /** Status of success; of the refusal where a route of IoT Edge has no meaning here, whoever asks. */
  readonly status: 200 | 201 | 204 | 405 | 409;
  /** What an answer holds; for 204, and for bytes, a description of it. */
  readonly response: TSchema;
  /** When it is answered with 409, where it ever is. */
  readonly conflict?: string;
  /** Media type of an answer that is no JSON. */
  readonly produces?: string;
  /** Parameters of the query beside `api-version`; the handler checks them. */
  readonly query?: Readonly<Record<string, TSchema>>;
  /** One sentence for the API's description. */
  readonly summary: string;
}

/** Body of every answer that is no success. */
export const errorBody = Type.Object({ message: Type.String() });

/** What the body is checked by, and answers are written by. */
export function schemasOf({ body, status, produces, response }: Route) {
  const isJson = status !== 204 && produces === undefined;
  return {
    ...(body && { body }),
    response: { "4xx": errorBody, "5xx": errorBody, ...(isJson && { [status]: response }) },
  };
}

export type RouteTable = Readonly<Record<string, Route>>;

/** Parameters of a path, percent-decoded once. */
export interface PathParameters {
  readonly name?: string;
  readonly genid?: string;
}

/** What else a handler may want to know of a call. */
export interface Call {
  /** Of the query, `api-version` among them. */
  readonly parameters: URLSearchParams;
  /** Of routes without a body: aborted when the answer is sent, or its client has hung up. */
  readonly signal: AbortSignal;
  /** Set by a handler: names of the pods that it has acted on, for the audit line. */
  actedOn?: readonly string[] | undefined;
}

/**
 * What serves each route of a table: with a value of the route's schema, or with bytes that are sent as they come. Their stream
 * is destroyed when the client hangs up; what waits for long should heed the call's signal.
 */
export type Handlers<Table extends RouteTable> = {
  readonly [Name in keyof Table]: (
    identity: ModuleIdentity,
    body: Table[Name]["body"] extends TSchema ? Static<Table[Name]["body"]> : undefined,
    parameters: PathParameters,
    call: Call,
  ) => Answer<Table[Name]> | Promise<Answer<Table[Name]>>;
};

type Answer<Row extends Route> = Row extends { readonly produces: string } ? Readable : Static<Row["response"]>;

/** Whether `identity` may call a route of that access with those parameters. */
export function isAllowed(access: Access, identity: ModuleIdentity, { name, genid }: PathParameters): boolean {
  switch (access) {
    case "installation":
      return true;
    case "edgeAgent":
      return identity.moduleId === systemModuleIds.edgeAgent;
    case "edgeHub":
      return identity.moduleId === systemModuleIds.edgeHub;
    case "self":
      return name === identity.moduleId && (genid === undefined || genid === identity.generationId);
    default:
      return false;
  }
}
