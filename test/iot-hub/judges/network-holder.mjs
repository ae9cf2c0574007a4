// Makes ports in the network namespace in which it runs, hands them to who has started it, and keeps the namespace for as
// long as that lives.
import { once } from "node:events";
import { createServer } from "node:net";

process.on("message", async ({ port, host }) => {
  const server = createServer();
  await once(server.listen(port, host), "listening");
  // The other side has its own handle then; two that accept would share the connections.
  process.send({ port: server.address().port }, server, () => server.close());
});
process.on("disconnect", () => process.exit());
process.send({ ready: true });
