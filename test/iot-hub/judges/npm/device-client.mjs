// A device or module on the unmodified SDK of npm.
import device from "azure-iot-device";
import mqtt from "azure-iot-device-mqtt";
import { say, serve } from "./line-protocol.mjs";

const { Client, Message, ModuleClient } = device;
let client;
let twin;

async function begin() {
  client.on("connect", () => say("connect"));
  client.on("disconnect", () => say("disconnect"));
  client.on("error", (error) => say("error", { message: error.message }));
  await client.open();
}

serve({
  /** Without a connection string: by the environment of IoT Edge. */
  open: async (connectionString, { transport = "Mqtt", options } = {}) => {
    const kind = /ModuleId=/.test(connectionString ?? "") ? ModuleClient : Client;
    client = connectionString
      ? kind.fromConnectionString(connectionString, mqtt[transport])
      : await ModuleClient.fromEnvironment(mqtt[transport]);
    if (options !== undefined) await client.setOptions(options);
    await begin();
  },
  /** As a module, with a token that somebody else has signed. */
  "open-with-token": async (token) => {
    client = ModuleClient.fromSharedAccessSignature(token, mqtt.Mqtt);
    await begin();
  },
  "get-twin": async () => {
    twin = await client.getTwin();
    return { desired: twin.properties.desired, reported: twin.properties.reported };
  },
  "on-desired": () => {
    twin.on("properties.desired", (patch) => say("desired", { patch }));
  },
  report: (patch) =>
    new Promise((resolve, reject) =>
      twin.properties.reported.update(patch, (error) => (error ? reject(error) : resolve())),
    ),
  "on-method": (name, status, payload) => {
    const answer = async (request, response) => {
      say("method", { name: request.methodName, payload: request.payload });
      await response.send(status, payload);
    };
    if (client instanceof ModuleClient) client.onMethod(name, answer);
    else client.onDeviceMethod(name, answer);
  },
  send: async (body, properties = {}, output) => {
    const message = new Message(body);
    message.contentType = "application/json";
    message.contentEncoding = "utf-8";
    for (const [key, value] of Object.entries(properties)) message.properties.add(key, value);
    await (output === undefined ? client.sendEvent(message) : client.sendOutputEvent(output, message));
  },
  "on-input": () => {
    client.on("inputMessage", (input, message) => {
      say("input", { input, body: message.getData().toString() });
      client.complete(message, () => {});
    });
  },
  close: async () => {
    await client.close();
  },
});
