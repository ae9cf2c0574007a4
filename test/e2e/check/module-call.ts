import { kubectlOk, moduleSelector, readyPod } from "../cluster.ts";
import type { Lane } from "./lane.ts";

export interface ModuleCall {
  /** Of the proxy, unless another one is named. */
  readonly base?: string;
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly body?: object;
  /** Shown instead of what the proxy shows. */
  readonly token?: string;
  /** How often it is made. */
  readonly times?: number;
}

/** Runs in a module's container, and prints the status of the last answer. */
const client = `
const https = require("node:https"), http = require("node:http");
const { base = "http://localhost:35001", path, method, body, token, times = 1 } = JSON.parse(process.argv[1]);
const headers = { "content-type": "application/json", ...(token ? { authorization: "Bearer " + token } : {}) };
const once = () => new Promise((resolve) => {
  const request = (base.startsWith("https") ? https : http).request(base + path, { method, headers, rejectUnauthorized: false },
    (response) => response.resume().on("end", () => resolve(response.statusCode)));
  request.on("error", (error) => resolve(error.message));
  request.end(body ? JSON.stringify(body) : undefined);
});
(async () => { let last; for (let n = 0; n < times; n++) last = await once(); console.log(last); })();
`;

/** Calls iotedged from within the lane's module, and answers the status of the last answer. */
export async function callFromSensor({ namespace }: Lane, call: ModuleCall): Promise<string> {
  const { metadata } = await readyPod(namespace, moduleSelector("sensor"));
  const program = ["--", "/bin/node", "-e", client, JSON.stringify(call)];
  return (await kubectlOk(["exec", metadata.name, "-n", namespace, "-c", "sensor", ...program])).trim();
}
