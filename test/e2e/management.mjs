// Runs in EdgeAgent's container by `node -e`: makes the calls of the management API that its argument lists as JSON,
// one after the other, and prints their answers.
const answers = [];
for (const [method, path] of JSON.parse(process.argv[1])) {
  const separator = path.includes("?") ? "&" : "?";
  const response = await fetch(`http://localhost:35000${path}${separator}api-version=2020-07-07`, { method });
  const body = Buffer.from(await response.arrayBuffer());
  answers.push({ status: response.status, body: body.toString("base64") });
}
process.stdout.write(JSON.stringify(answers));
