/** The least that signs over HTTPS: `node:https`, the same certificate, the same HMAC by a key object; no identity. */
import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { reportUsage } from "./usage.ts";

const [certificate = "", key = ""] = process.argv.slice(2);
const secret = createSecretKey(randomBytes(32));
const options = { cert: readFileSync(certificate), key: readFileSync(key), minVersion: "TLSv1.2" } as const;

const server = createServer(options, (request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    const { data } = JSON.parse(text) as { data: string };
    const digest = createHmac("sha256", secret).update(Buffer.from(data, "base64")).digest("base64");
    const body = JSON.stringify({ digest });
    const headers = { "content-type": "application/json; charset=utf-8", "content-length": body.length };
    response.writeHead(200, headers).end(body);
  });
});
server.keepAliveTimeout = 75_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  reportUsage();
  process.send?.({ port: typeof address === "object" && address !== null ? address.port : 0 });
});
