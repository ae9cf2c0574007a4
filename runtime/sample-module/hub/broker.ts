import { Aedes, type Client, type PublishPacket } from "aedes";
import { print } from "../print.ts";
import { authenticate, type Device, type Member, type Verify } from "./authenticate.ts";
import type { MessageCounts } from "./counts.ts";
import { type Route, routesOf } from "./routes.ts";
import { inputFilter, inputTopic, parseTelemetry, telemetryPrefix } from "./topics.ts";
import { answerTwinRequest, isHubRequest, twinAnswers } from "./unserved.ts";

const connectTimeout = 10_000;
const notAuthorized = 5;
/** A timer of Node cannot be longer than this. */
const maxTimer = 2 ** 31 - 1;

export interface BrokerOptions {
  readonly device: Device;
  readonly routes: readonly Route[];
  readonly verify: Verify;
  readonly counts: MessageCounts;
}

/**
 * An MQTT broker in which each module may publish its own telemetry and read its own inputs, and nothing else. What
 * IoT Hub would offer besides is refused on the connection, which goes on. A client is who its token says, for as long
 * as the token lasts.
 */
export async function createBroker({ device, routes, verify, counts }: BrokerOptions): Promise<Aedes> {
  const { deviceId } = device;
  const members = new WeakMap<Client, Member & { readonly expired: NodeJS.Timeout }>();

  function admit(client: Client, member: Member): void {
    const rest = Math.min(member.expiry - Date.now(), maxTimer);
    members.set(client, { ...member, expired: setTimeout(() => client.close(), rest).unref() });
    print({ event: "connected", moduleId: member.moduleId });
  }

  const broker = await Aedes.createBroker({
    connectTimeout,
    preConnect: (_, packet, done) => {
      // The hub keeps nothing for clients that are away.
      packet.clean = true;
      done(packet.will === undefined ? null : new Error("wills are not supported"), packet.will === undefined);
    },
    authenticate: (client, userName = "", password = Buffer.alloc(0), done) => {
      const claim = { clientId: client.id, userName, password: password.toString("utf8") };
      authenticate(device, claim, verify, Date.now()).then(
        (member) => {
          if (member === undefined) return done(refusal(client), false);
          admit(client, member);
          done(null, true);
        },
        (error: Error) => done(refusal(client, error), false),
      );
    },
    authorizePublish: (client, packet, done) => {
      const member = client === null ? undefined : members.get(client);
      const own = member !== undefined && packet.topic.startsWith(telemetryPrefix(deviceId, member.moduleId));
      const allowed = own || (member !== undefined && isHubRequest(packet.topic));
      done(allowed && !packet.retain ? null : new Error(`${client?.id} may not publish to ${packet.topic}`));
    },
    authorizeSubscribe: (client, subscription, done) => {
      const member = members.get(client);
      const { topic } = subscription;
      const granted = member !== undefined && [inputFilter(deviceId, member.moduleId), twinAnswers].includes(topic);
      if (!granted) print({ event: "unserved", clientId: client.id, topic });
      done(null, granted ? subscription : null);
    },
  });

  broker.on("publish", (packet, client) => {
    const member = client === null ? undefined : members.get(client);
    if (client === null || member === undefined) return;
    if (isHubRequest(packet.topic)) refuse(packet, client);
    else pass(packet, member.moduleId);
  });
  broker.on("ack", (_, client) => {
    const member = members.get(client);
    if (member !== undefined) counts.received(member.moduleId);
  });
  broker.on("clientDisconnect", (client) => {
    clearTimeout(members.get(client)?.expired);
    print({ event: "disconnected", clientId: client.id });
  });
  for (const event of ["clientError", "connectionError"] as const)
    broker.on(event, (client, error) => print({ event, clientId: client.id, error: error.message }));

  /** To the one who asked alone: all that ask are subscribed to the same topic. */
  function refuse({ topic }: PublishPacket, client: Client): void {
    print({ event: "unserved", clientId: client.id, topic });
    const answer = answerTwinRequest(topic);
    if (answer !== undefined)
      client.publish({ cmd: "publish", qos: 0, retain: false, dup: false, ...answer }, () => {});
  }

  function pass({ topic, payload }: PublishPacket, moduleId: string): void {
    const { output, properties } = parseTelemetry(topic.slice(telemetryPrefix(deviceId, moduleId).length));
    counts.sent(moduleId);
    for (const { to, input } of routesOf(routes, moduleId, output)) {
      const message = { topic: inputTopic(deviceId, to, input, properties), payload };
      broker.publish({ cmd: "publish", qos: 1, retain: false, dup: false, ...message }, () => {});
    }
  }

  return broker;
}

function refusal(client: Client, cause?: Error) {
  print({ event: "refused", clientId: client.id, ...(cause === undefined ? {} : { error: cause.message }) });
  return Object.assign(new Error("not authorized"), { returnCode: notAuthorized });
}
