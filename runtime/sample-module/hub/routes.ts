/** One route from a module's output to a module's input. */
export interface Route {
  readonly from: string;
  /** `*` takes all outputs. */
  readonly output: string;
  readonly to: string;
  readonly input: string;
}

const name = '([^/"\\s+#]+)';
const pattern = new RegExp(
  `^FROM /messages/modules/${name}/outputs/${name} INTO BrokeredEndpoint\\("/modules/${name}/inputs/${name}"\\)$`,
);

/**
 * Reads routes from a JSON object of IoT Edge's kind: `{"name": "FROM ... INTO BrokeredEndpoint(...)"}`. Of IoT Edge's
 * routes it takes those from outputs to inputs, without a condition.
 *
 * @throws Error that names the route that is none
 */
export function parseRoutes(text: string): readonly Route[] {
  const document: unknown = JSON.parse(text);
  if (typeof document !== "object" || document === null) throw new Error("ROUTES is no JSON object");
  return Object.entries(document).map(([key, value]) => {
    const [, from, output, to, input] = pattern.exec(String(value)) ?? [];
    if (from === undefined || output === undefined || to === undefined || input === undefined)
      throw new Error(`ROUTES.${key} is no route from an output to an input: ${String(value)}`);
    return { from, output, to, input };
  });
}

/** The routes that a message takes. */
export function routesOf(routes: readonly Route[], moduleId: string, output: string | undefined): readonly Route[] {
  if (output === undefined) return [];
  return routes.filter((route) => route.from === moduleId && (route.output === "*" || route.output === output));
}
