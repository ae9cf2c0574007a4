// A module on the unmodified SDK of npm that asks for what the sample's hub does not serve, and then sends a message.
import common from "azure-iot-common";
import device from "azure-iot-device";
import mqtt from "azure-iot-device-mqtt";

const { Message, ModuleClient } = device;
const { Mqtt, MqttWs } = mqtt;

const say = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);

async function attempt(what, call) {
  try {
    await call();
    say(what, { outcome: "done" });
  } catch (error) {
    say(what, { outcome: error.name, message: error.message });
  }
}

const client = await ModuleClient.fromEnvironment(Mqtt);
await client.open();
say("connected");
await attempt("get-twin", () => client.getTwin());
await attempt("get-twin-again", () => client.getTwin());
await attempt("on-method", () => Promise.resolve(client.onMethod("reboot", () => {})));
await attempt("send", () => client.sendOutputEvent("readings", new Message("1")));

const overWebSocket = await ModuleClient.fromEnvironment(MqttWs);
overWebSocket.setRetryPolicy(new common.NoRetry());
overWebSocket.on("error", () => {});
await attempt("web-socket", () => overWebSocket.open());
say("end");
// The SDK keeps timers and sockets that nothing can end.
process.exit();
