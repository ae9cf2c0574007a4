import type { SendRequest } from "../../kubernetes/index.ts";
import { consoleErrors } from "../errors.ts";

/** A page waits no longer than this for the API server, in milliseconds. */
const patience = 10_000;
const ofSecrets = /\/secrets(?:\/|$)/;

/**
 * Lets nothing pass but what reads, and no Secret: the console calls parts of edgectl that could do more.
 *
 * @throws EDGE_CONSOLE_READ_ONLY
 */
export function readOnly(send: SendRequest): SendRequest {
  return async (request) => {
    const { method, path } = request;
    if (method !== "GET" || ofSecrets.test(decodeURIComponent(path))) {
      throw consoleErrors.EDGE_CONSOLE_READ_ONLY({ request: `${method} ${path}` });
    }
    return send({ ...request, timeout: patience });
  };
}
