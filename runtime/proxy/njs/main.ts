import { failure, handle } from "./gate.ts";
import { ready } from "./health.ts";
import { metrics } from "./metrics.ts";

/** The handlers that nginx's configuration names. njs knows default exports only. */
export default { handle, failure, ready, metrics };
