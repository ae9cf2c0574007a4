import { Compile } from "typebox/compile";
import type { Call, Handlers, PathParameters, Route, RouteTable } from "../api/route.ts";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { badRequest } from "./http-error.ts";

/** A route with what serves it. */
export interface Endpoint {
  readonly name: string;
  readonly route: Route;
  readonly handle: Handler;
  /** Undefined when the route has no body. Throws HttpError 400, which names the field. */
  readonly checkBody: ((body: unknown) => void) | undefined;
}

type Handler = (identity: ModuleIdentity, body: unknown, parameters: PathParameters, call: Call) => unknown;

/** Everything about routes that can be done before the first request. */
export function createEndpoints<Table extends RouteTable>(routes: Table, handlers: Handlers<Table>): Endpoint[] {
  return Object.entries<Route>(routes).map(([name, route]) => ({
    name,
    route,
    handle: handlers[name] as Handler,
    checkBody: route.body && bodyCheck(route.body),
  }));
}

function bodyCheck(schema: NonNullable<Route["body"]>): (body: unknown) => void {
  const validator = Compile(schema);
  return (body) => {
    if (validator.Check(body)) return;
    const [first] = validator.Errors(body);
    throw badRequest(`body${first?.instancePath ?? ""} ${first?.message ?? "is not valid"}`);
  };
}
