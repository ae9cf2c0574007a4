// Makes the ports of IoT Hub in the network namespace in which it runs, hands them to who has started it, and keeps the
// namespace for as long as that lives.
import { once } from "node:events";
import { createServer } from "node:net";

for (const port of [443, 8883]) {
  const server = createServer();
  await once(server.listen(port, "127.0.0.1"), "listening");
  await new Promise((resolve) => process.send({ port }, server, resolve));
  // The other side has its own handle now; two that accept would share the connections.
  server.close();
}
process.on("disconnect", () => process.exit());
