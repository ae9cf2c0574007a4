import { methodNotAllowed } from "../http-error.ts";
import type { Route, RouteTable } from "./route.ts";

/** A path with the methods that no row of the table has for it, and what refuses them. */
interface Unserved {
  readonly url: string;
  readonly method: string[];
  readonly onRequest: () => never;
  readonly handler: () => never;
}

/**
 * What answers 405 with the methods that there are, instead of a 404 that looks as if the path were wrong.
 *
 * @param known the methods that the server can tell apart
 */
export function unservedMethods(routes: RouteTable, known: readonly string[]): readonly Unserved[] {
  return [...Map.groupBy(Object.values<Route>(routes), ({ path }) => path)].map(([url, rows]) => {
    const served = rows.map(({ method }): string => method);
    const allowed = rows.filter(({ status }) => status !== 405).map(({ method }) => method);
    const refuse = () => {
      throw methodNotAllowed("There is no such method for this path", allowed);
    };
    // At once: before its handler, Fastify would find fault with a body that nobody wants.
    return { url, method: known.filter((method) => !served.includes(method)), onRequest: refuse, handler: refuse };
  });
}
