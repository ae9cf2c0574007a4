import type { X509Certificate } from "node:crypto";
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { provisioningErrorAnswer } from "../https/answer.ts";
import { HubError } from "../hub/errors.ts";
import { parseJson } from "../json.ts";
import type { MqttClient } from "../mqtt/client.ts";
import type { Admission, MqttService, PublishProblem, Refusal, Session } from "../mqtt/service.ts";
import { objectOf } from "../twin/limits.ts";
import type { Credential, Enrollment } from "./enrollment.ts";
import { provisioningApiVersions } from "./https-service.ts";
import type { Provisioning, ProvisioningReply } from "./provisioning.ts";

const answers = "$dps/registrations/res/#";
const register = /^\$dps\/registrations\/PUT\/iotdps-register\/\?\$rid=([^&]+)$/;
const poll = /^\$dps\/registrations\/GET\/iotdps-get-operationstatus\/\?\$rid=([^&]+)&operationId=([^&]+)$/;

export function provisioningMqttService(provisioning: Provisioning): MqttService {
  const { hostName, clock, journal, faults } = provisioning;
  return {
    ...{ hostName, clock, journal, faults },
    admit: (packet, certificate) => admit(provisioning, packet, certificate),
  };
}

function admit(
  provisioning: Provisioning,
  { clientId, username = "", password }: IConnectPacket,
  certificate: X509Certificate | undefined,
): Admission | Refusal {
  const [scope = "", kind, registrationId = "", parameters = "", ...more] = username.split("/");
  const given = new URLSearchParams(parameters);
  const version = given.get("api-version") ?? "";
  const unknown = [...given.keys()].find((name) => !["api-version", "ClientVersion"].includes(name));
  if (kind !== "registrations" || more.length > 0 || registrationId !== clientId || unknown !== undefined)
    return { connack: 2, why: "the user name is not that of a registration", violation: true };
  if (!provisioningApiVersions.includes(version)) return { connack: 2, why: "unknown api-version", violation: true };
  const token = password === undefined || password.length === 0 ? undefined : password.toString("utf8");
  try {
    const { enrollment, credential } = provisioning.authorize(scope, registrationId, { token, certificate });
    const expiry = "expiry" in credential ? credential.expiry : undefined;
    const open = (client: MqttClient) => session(provisioning, { registrationId, enrollment, credential }, client);
    return { who: registrationId, expiry, granted: new Map(), open };
  } catch (error) {
    if (error instanceof HubError) return { connack: 5, why: error.message };
    throw error;
  }
}

interface Registrant {
  readonly registrationId: string;
  readonly enrollment: Enrollment;
  readonly credential: Credential;
}

function session(provisioning: Provisioning, registrant: Registrant, client: MqttClient): Session {
  const { registrationId, enrollment, credential } = registrant;

  function publish({ topic, payload }: IPublishPacket): PublishProblem | undefined {
    const [, registers] = register.exec(topic) ?? [];
    const [, polls, operationId] = poll.exec(topic) ?? [];
    const rid = registers ?? polls;
    if (rid === undefined) return { violation: "a topic that the provisioning service does not have" };
    if (!client.isSubscribed(answers)) return { violation: "nobody is subscribed to the answer" };
    const body = parseJson(payload.toString());
    const reply = () =>
      operationId === undefined
        ? provisioning.register(registrationId, enrollment, credential, objectOf(body, "the payload"))
        : provisioning.poll(registrationId, decodeURIComponent(operationId));
    try {
      send(rid, reply());
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      if (error.name === "NotServed") return { violation: error.message };
      const { status, body: told = null } = provisioningErrorAnswer(error, provisioning.clock.now());
      send(rid, { status, body: told, retryAfterSeconds: error.retryAfterSeconds });
    }
    return undefined;
  }

  function send(
    rid: string,
    reply: Omit<ProvisioningReply, "status" | "body"> & { status: number; body: unknown },
  ): void {
    const { status, body, retryAfterSeconds } = reply;
    const wait = retryAfterSeconds === undefined ? "" : `&retry-after=${retryAfterSeconds}`;
    client.deliver(answers, `$dps/registrations/res/${status}/?$rid=${rid}${wait}`, JSON.stringify(body));
  }

  return { filters: [answers], publish, subscribed: () => {}, ended: () => {} };
}
