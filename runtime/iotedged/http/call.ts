import type { ServerResponse } from "node:http";
import type { Call } from "../api/route.ts";

/** A call as handlers see it. What few of them ask for is made when they do. */
export class HttpCall implements Call {
  readonly #query: string;
  readonly #response: ServerResponse;

  /** @param query as it came, without the question mark */
  constructor(query: string, response: ServerResponse) {
    this.#query = query;
    this.#response = response;
  }

  get parameters(): URLSearchParams {
    return new URLSearchParams(this.#query);
  }

  get signal(): AbortSignal {
    const controller = new AbortController();
    if (this.#response.destroyed) controller.abort();
    else this.#response.once("close", () => controller.abort());
    return controller.signal;
  }
}
