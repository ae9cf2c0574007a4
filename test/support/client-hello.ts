import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect } from "node:tls";

/** The first bytes that Node.js sends as a client of TLS. */
export async function recordClientHello(): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", servername: "iotedged" });
  client.on("error", () => {});
  const [socket] = (await once(server, "connection")) as [Socket];
  const [bytes] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** A ClientHello that says that it is as large as OpenSSL takes one, and goes on for a whole record. */
export function hugeClientHello(): Buffer {
  const size = 131_396;
  const record = Buffer.alloc(5 + 16_384, 1);
  record.set([22, 3, 1, 0x40, 0x00, 1, size >> 16, (size >> 8) & 0xff, size & 0xff, 3, 3]);
  return record;
}
