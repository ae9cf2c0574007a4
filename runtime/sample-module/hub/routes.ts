/** An input of a module. */
export interface Input {
  readonly moduleId: string;
  readonly input: string;
}

/** One route: from what modules send, to a module's input or to IoT Hub. */
export interface Route {
  /** Module; undefined for all. */
  readonly from: string | undefined;
  /** Output, `*` for all of them; undefined for messages with and without one. */
  readonly output: string | undefined;
  readonly sink: Input | "$upstream";
}

const name = '([^/"\\s+#]+)';
const source = `/messages/(?:\\*|modules/(?:\\*|${name}/(?:\\*|outputs/${name})))`;
const sink = `(?:(\\$upstream)|BrokeredEndpoint\\("/modules/${name}/inputs/${name}"\\))`;
const pattern = new RegExp(`^FROM ${source} INTO ${sink}$`);

/**
 * Reads routes from a JSON object of IoT Edge's kind: `{"name": "FROM ... INTO ..."}`. Of IoT Edge's routes it takes
 * those of messages of modules, without a condition.
 *
 * @throws Error that names the route that is none
 */
export function parseRoutes(text: string): readonly Route[] {
  const document: unknown = JSON.parse(text);
  if (typeof document !== "object" || document === null) throw new Error("ROUTES is no JSON object");
  return Object.entries(document).map(([key, value]) => {
    const [whole, from, output, upstream, moduleId, input] = pattern.exec(String(value)) ?? [];
    if (whole === undefined)
      throw new Error(`ROUTES.${key} is no route from messages to an input or $upstream: ${String(value)}`);
    if (upstream !== undefined) return { from, output, sink: "$upstream" };
    return { from, output, sink: { moduleId: moduleId ?? "", input: input ?? "" } };
  });
}

/** Where a message goes. */
export function sinksOf(
  routes: readonly Route[],
  moduleId: string,
  output: string | undefined,
): readonly Route["sink"][] {
  return routes.filter((route) => takes(route, moduleId, output)).map((route) => route.sink);
}

function takes(route: Route, moduleId: string, output: string | undefined): boolean {
  if (route.from !== undefined && route.from !== moduleId) return false;
  if (route.output === undefined) return true;
  return route.output === "*" ? output !== undefined : route.output === output;
}
