import { request } from "node:https";
import type { WorkloadClient } from "./workload-client.ts";

const timeoutMilliseconds = 10_000;

/** Calls the hub over TLS, trusting what the installation's trust bundle vouches for and nothing else. */
export async function callHub(
  workload: WorkloadClient,
  url: string,
  method: "GET" | "POST",
  body?: object,
): Promise<{ status: number; text: string }> {
  const ca = await workload.trustBundle();
  return new Promise((resolve, reject) => {
    const call = request(url, { method, ca, agent: false, timeout: timeoutMilliseconds }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on("timeout", () => call.destroy(new Error(`no answer from ${url} in ${timeoutMilliseconds} ms`)));
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
