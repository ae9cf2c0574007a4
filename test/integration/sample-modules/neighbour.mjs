// A module that says what no SDK says: it logs in to the sample's hub as itself, publishes one message, of
// a document or of so many bytes, and tells what became of it.
import { createHmac } from "node:crypto";
import { connect } from "node:tls";
import mqtt from "mqtt-packet";

const { deviceId, moduleId, hub, key, ca, topic, payload } = JSON.parse(process.argv[2]);
const body = typeof payload === "number" ? Buffer.alloc(payload) : JSON.stringify(payload);
const resource = encodeURIComponent(`${hub}/devices/${deviceId}/modules/${moduleId}`);
const end = Math.floor(Date.now() / 1000) + 600;
const signature = createHmac("sha256", Buffer.from(key, "base64")).update(`${resource}\n${end}`).digest("base64");
const token = `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${end}`;
const clientId = `${deviceId}/${moduleId}`;

const socket = connect({ host: "localhost", port: 8883, ca });
const send = (packet) => socket.write(mqtt.generate(packet));
const parser = mqtt.parser();
let isIn = false;

function say(outcome, code) {
  process.stdout.write(`${JSON.stringify({ outcome, code })}\n`);
  process.exit();
}

parser.on("packet", ({ cmd, returnCode }) => {
  if (cmd === "connack" && returnCode !== 0) say("refused", returnCode);
  isIn ||= cmd === "connack";
  if (cmd === "puback") say("taken");
  if (cmd === "connack") {
    send({ cmd: "publish", topic, payload: body, qos: 1, messageId: 1, retain: false, dup: false });
  }
});
socket.on("secureConnect", () =>
  send({
    ...{ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60, clientId },
    ...{ username: `${hub}/${clientId}/?api-version=2021-04-12`, password: Buffer.from(token) },
  }),
);
socket.on("data", (data) => parser.parse(data));
socket.on("error", () => {});
socket.on("close", () => say(isIn ? "cut off" : "not let in"));
