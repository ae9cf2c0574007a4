import { randomUUID } from "node:crypto";
import type { IPublishPacket } from "mqtt-packet";
import { errorOfStatus, HubError } from "../hub/errors.ts";
import { desiredFilter, type Hub } from "../hub/hub.ts";
import { readPropertyBag } from "../hub/messages.ts";
import { methodFilter } from "../hub/methods.ts";
import { type JsonObject, parseJson } from "../json.ts";
import { clientIdOf, type Identity } from "../registry/identity.ts";
import { objectOf } from "../twin/limits.ts";
import type { MqttClient } from "./client.ts";
import type { PublishProblem, Session } from "./service.ts";

const answers = "$iothub/twin/res/#";
const twinGet = /^\$iothub\/twin\/GET\/\?\$rid=([^&]+)$/;
const report = /^\$iothub\/twin\/PATCH\/properties\/reported\/\?\$rid=([^&]+)$/;
const methodAnswer = /^\$iothub\/methods\/res\/(-?\d{1,9})\/\?\$rid=([^&]+)&?$/;
const mostMessageBytes = 256 * 1024;

/** What a client of the hub may do once it is in: a closed list of topics. */
export function openHubSession(hub: Hub, identity: Identity, client: MqttClient): Session {
  const clientId = clientIdOf(identity);
  const base = identity.moduleId === undefined ? `devices/${identity.deviceId}` : modulePath(identity);
  const telemetry = `${base}/messages/events/`;
  const connection = {
    clientId,
    end: (why: string) => client.end(why),
    deliver: (filter: string, topic: string, payload: string) => client.deliver(filter, topic, payload),
    isSubscribed: (filter: string) => client.isSubscribed(filter),
  };
  hub.connections.add(connection);
  hub.noteConnection(identity);

  function publish(packet: IPublishPacket): PublishProblem | undefined {
    const { topic } = packet;
    const text = packet.payload.toString();
    if (topic.startsWith(telemetry)) return takeMessage(hub, identity, topic.slice(telemetry.length), packet);
    const rid = (twinGet.exec(topic) ?? report.exec(topic))?.[1];
    if (rid !== undefined) {
      if (!client.isSubscribed(answers)) return { violation: "nobody is subscribed to the answer" };
      if (topic.startsWith("$iothub/twin/GET/")) {
        if (text.trim() !== "") return { violation: "a GET of the twin has no payload" };
        answerTwinGet(hub, identity, client, rid);
      } else answerReport(hub, identity, client, rid, text);
      return undefined;
    }
    const [, status, call] = methodAnswer.exec(topic) ?? [];
    if (status === undefined || call === undefined)
      return { violation: "a topic that IoT Hub does not have for this client" };
    if (hub.faults.take("method-answer") !== undefined) return undefined;
    const problem = hub.methods.answer(clientId, decodeURIComponent(call), Number(status), text);
    return problem === undefined ? undefined : { violation: problem };
  }

  return {
    filters: filtersOf(identity, base),
    publish,
    subscribed: () => hub.connections.changed(),
    ended: () => {
      hub.connections.remove(connection);
      hub.noteConnection(identity);
    },
  };
}

const modulePath = ({ deviceId, moduleId }: Identity) => `devices/${deviceId}/modules/${moduleId}`;

function filtersOf({ moduleId }: Identity, base: string): readonly string[] {
  const own = moduleId === undefined ? [] : [`${base}/#`, `${base}/inputs/#`];
  return [answers, desiredFilter, methodFilter, `${base}/messages/devicebound/#`, ...own];
}

function takeMessage(
  hub: Hub,
  { deviceId, moduleId }: Identity,
  bag: string,
  { payload }: IPublishPacket,
): PublishProblem | undefined {
  const body = Buffer.from(payload);
  const properties = readPropertyBag(bag);
  if (properties === undefined) return { violation: "a malformed property bag" };
  if (body.length + Buffer.byteLength(bag) > mostMessageBytes) return { violation: "a message of over 256 KB" };
  const fault = hub.faults.take("telemetry");
  if (fault === undefined || fault.kept) hub.messages.push({ deviceId, moduleId, body, ...properties });
  return fault === undefined ? undefined : { cut: "cut by a test before PUBACK" };
}

function answerTwinGet(hub: Hub, { twin }: Identity, client: MqttClient, rid: string): void {
  const fault = hub.faults.take("twin-get");
  const send = () => client.deliver(answers, `$iothub/twin/res/200/?$rid=${rid}`, JSON.stringify(twin.forClient()));
  if (fault === undefined) send();
  else if ("status" in fault) refuse(hub, client, rid, errorOfStatus(fault.status));
  else if ("delay" in fault) hub.clock.after(fault.delay, send);
}

function answerReport(hub: Hub, { twin }: Identity, client: MqttClient, rid: string, text: string): void {
  const fault = hub.faults.take("report");
  if (fault !== undefined) {
    if ("status" in fault) refuse(hub, client, rid, errorOfStatus(fault.status));
    return;
  }
  try {
    const patch: JsonObject = objectOf(parseJson(text), "the patch");
    twin.patch({ reported: patch });
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    refuse(hub, client, rid, error);
    return;
  }
  client.deliver(answers, `$iothub/twin/res/204/?$rid=${rid}&$version=${twin.versionOf("reported")}`, "");
}

function refuse({ clock }: Hub, client: MqttClient, rid: string, { status, code, message }: HubError): void {
  const timestampUtc = new Date(clock.now()).toISOString();
  const body = { errorCode: code, trackingId: randomUUID(), message, timestampUtc };
  client.deliver(answers, `$iothub/twin/res/${status}/?$rid=${rid}`, JSON.stringify(body));
}
