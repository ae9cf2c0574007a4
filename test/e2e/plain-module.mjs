// A module without any SDK: all it knows are IoT Edge's environment variables. It is run by `node -e`.
const { IOTEDGE_WORKLOADURI: base, IOTEDGE_APIVERSION: version, ONCE } = process.env;
const own = `/modules/${encodeURIComponent(process.env.IOTEDGE_MODULEID)}/genid/${process.env.IOTEDGE_MODULEGENERATIONID}`;
const base64 = (text) => Buffer.from(text).toString("base64");

async function call(method, path, body) {
  const headers = { "content-type": "application/json" };
  const request = { method, ...(body && { headers, body: JSON.stringify(body) }) };
  const response = await fetch(`${base.replace(/\/$/, "")}${path}?api-version=${version}`, request);
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const initializationVector = base64("a vector");
const { digest } = await call("POST", `${own}/sign`, { keyId: "primary", algo: "HMACSHA256", data: base64("hello") });
const { ciphertext } = await call("POST", `${own}/encrypt`, { plaintext: base64("secret"), initializationVector });
const { plaintext } = await call("POST", `${own}/decrypt`, { ciphertext, initializationVector });
const { certificate } = await call("GET", "/trust-bundle");
const expiration = new Date(Date.now() + 3_600_000).toISOString();
const server = await call("POST", `${own}/certificate/server`, { commonName: "plain", expiration });
const answers = {
  digest,
  plaintext: Buffer.from(plaintext, "base64").toString(),
  authorities: certificate.split("BEGIN CERTIFICATE").length - 1,
  chain: server.certificate.split("BEGIN CERTIFICATE").length - 1,
};
process.stdout.write(`${JSON.stringify(answers)}\n`);
if (!ONCE) setInterval(() => {}, 60_000);
