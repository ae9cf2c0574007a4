// Runs in EdgeAgent's container by `node -e`: prints `STATUS BYTES` of one call of the management API, and the start.
const [method, path] = process.argv.slice(1);
const separator = path.includes("?") ? "&" : "?";
const response = await fetch(`http://localhost:35000${path}${separator}api-version=2020-07-07`, { method });
const body = Buffer.from(await response.arrayBuffer());
process.stdout.write(
  JSON.stringify({ status: response.status, bytes: body.length, start: body.toString("latin1", 0, 2000) }),
);
