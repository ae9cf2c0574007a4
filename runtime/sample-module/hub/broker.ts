import { Aedes, type Client, type PublishPacket } from "aedes";
import { print } from "../print.ts";
import { authenticate, type Claim, type Device, type Member, type Verify } from "./authenticate.ts";
import type { MessageCounts } from "./counts.ts";
import { parseRoutes, sinksOf } from "./routes.ts";
import type { Sessions, Subscription } from "./sessions.ts";
import { inputFilter, inputTopic, parseTelemetry, telemetryPrefix } from "./topics.ts";
import { answerTwinRequest, isHubRequest, twinAnswers } from "./unserved.ts";
import type { LocalModule } from "./upstream/module-upstream.ts";
import { upstreamFilters } from "./upstream/topics.ts";
import type { Upstream } from "./upstream/upstream.ts";

const connectTimeout = 10_000;
/** SDKs give up after this. */
const notAuthorized = 5;
/** SDKs come again after this. */
const unavailable = 3;
/** A timer of Node cannot be longer than this. */
const maxTimer = 2 ** 31 - 1;

export interface BrokerOptions {
  readonly device: Device;
  /** JSON of the routes. */
  readonly routes: string;
  readonly verify: Verify;
  readonly counts: MessageCounts;
  readonly sessions: Sessions;
  /** IoT Hub, where there is one. */
  readonly upstream: Upstream | undefined;
}

/** A module on its connection. */
interface Session extends Member {
  readonly claim: Claim;
  readonly local: LocalModule;
  readonly expired: NodeJS.Timeout;
}

/**
 * An MQTT broker in which each module may publish its own telemetry and read its own inputs, and with an upstream has
 * its twin and direct methods. What is not served is refused on the connection, which goes on. A client is who its token
 * says, for as long as the token lasts.
 */
export async function createBroker(options: BrokerOptions): Promise<Aedes> {
  const { device, verify, counts, sessions, upstream } = options;
  const { deviceId } = device;
  const routes = parseRoutes(options.routes);
  if (upstream === undefined && routes.some(({ sink }) => sink === "$upstream"))
    throw new Error("ROUTES lead to $upstream, and there is none: set UPSTREAM");
  const members = new WeakMap<Client, Session>();
  const cleanSessions = new WeakSet<Client>();

  function admit(client: Client, claim: Claim, member: Member): void {
    const rest = Math.min(member.expiry - Date.now(), maxTimer);
    const expired = setTimeout(() => client.close(), rest).unref();
    members.set(client, { ...member, claim, local: localModule(client), expired });
    print({ event: "connected", moduleId: member.moduleId });
  }

  const broker = await Aedes.createBroker({
    connectTimeout,
    preConnect: (client, packet, done) => {
      if (packet.clean) cleanSessions.add(client);
      // The hub keeps no messages for clients that are away.
      packet.clean = true;
      done(packet.will === undefined ? null : new Error("wills are not supported"), packet.will === undefined);
    },
    authenticate: (client, userName = "", password = Buffer.alloc(0), done) => {
      const claim = { clientId: client.id, userName, password: password.toString("utf8") };
      authenticate(device, claim, verify, Date.now()).then(
        (member) => {
          if (member === undefined) return done(refusal(client), false);
          admit(client, claim, member);
          done(null, true);
        },
        (error: Error) => done(refusal(client, error), false),
      );
    },
    authorizePublish: (client, packet, done) => {
      const member = client === null ? undefined : members.get(client);
      const own = member !== undefined && packet.topic.startsWith(telemetryPrefix(deviceId, member.moduleId));
      const allowed = own || (member !== undefined && isHubRequest(packet.topic));
      if (!allowed || packet.retain) return done(new Error(`${client?.id} may not publish to ${packet.topic}`));
      // PUBACK follows when this is done: once the message is on the disk.
      if (own) store(packet, member.moduleId).then(() => done(null), done);
      else done(null);
    },
    authorizeSubscribe: (client, subscription, done) => {
      const member = members.get(client);
      const { topic } = subscription;
      const served = [twinAnswers, ...(upstream === undefined ? [] : upstreamFilters)];
      const granted = member !== undefined && [inputFilter(deviceId, member.moduleId), ...served].includes(topic);
      if (!granted) print({ event: "unserved", clientId: client.id, topic });
      done(null, granted ? subscription : null);
    },
  });

  const memberOf = (client: Client) => members.get(client);
  keepSessions(broker, { memberOf, isClean: (client) => cleanSessions.has(client), sessions, upstream });
  broker.on("publish", (packet, client) => {
    const member = client === null ? undefined : members.get(client);
    if (client === null || member === undefined) return;
    if (!isHubRequest(packet.topic)) pass(packet, member.moduleId);
    else if (upstream?.request(member.moduleId, packet.topic, Buffer.from(packet.payload)) !== true)
      refuse(packet, client);
  });
  broker.on("ack", (_, client) => {
    const member = members.get(client);
    if (member !== undefined) counts.received(member.moduleId);
  });
  broker.on("clientDisconnect", (client) => {
    const member = members.get(client);
    clearTimeout(member?.expired);
    print({ event: "disconnected", clientId: client.id });
    if (member !== undefined) upstream?.left(member.moduleId, member.local);
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

  /** Keeps a message for IoT Hub, where a route leads there. */
  async function store({ topic, payload }: PublishPacket, moduleId: string): Promise<void> {
    const bag = topic.slice(telemetryPrefix(deviceId, moduleId).length);
    const { output } = parseTelemetry(bag);
    if (!sinksOf(routes, moduleId, output).includes("$upstream")) return;
    await upstream?.accept(moduleId, bag, Buffer.from(payload));
  }

  function pass({ topic, payload }: PublishPacket, moduleId: string): void {
    const { output, properties } = parseTelemetry(topic.slice(telemetryPrefix(deviceId, moduleId).length));
    counts.sent(moduleId);
    for (const sink of sinksOf(routes, moduleId, output)) {
      if (sink === "$upstream") continue;
      const message = { topic: inputTopic(deviceId, sink.moduleId, sink.input, properties), payload };
      broker.publish({ cmd: "publish", qos: 1, retain: false, dup: false, ...message }, () => {});
    }
  }

  return broker;
}

interface SessionContext {
  readonly memberOf: (client: Client) => Session | undefined;
  /** Whether a client has asked for a session without what was before. */
  readonly isClean: (client: Client) => boolean;
  readonly sessions: Sessions;
  readonly upstream: Upstream | undefined;
}

/** Gives a module that comes back its subscriptions again, and has the upstream follow them. */
function keepSessions(broker: Aedes, { memberOf, isClean, sessions, upstream }: SessionContext): void {
  broker.on("clientReady", (client) => {
    const member = memberOf(client);
    if (member === undefined) return;
    const subscriptions = sessions.begin(member.moduleId, isClean(client));
    if (subscriptions.length > 0) client.subscribe(subscriptions, () => {});
    const topics = subscriptions.map(({ topic }) => topic).filter((topic) => upstreamFilters.includes(topic));
    upstream?.joined(member, member.claim, member.local, topics);
  });
  broker.on("subscribe", (subscriptions, client) => {
    const member = memberOf(client);
    if (member === undefined) return;
    for (const { topic, qos } of subscriptions.filter(isGranted)) {
      sessions.add(member.moduleId, { topic, qos });
      if (upstreamFilters.includes(topic)) upstream?.subscribed(member.moduleId, topic);
    }
  });
  broker.on("unsubscribe", (topics, client) => {
    const member = memberOf(client);
    // Aedes unsubscribes for who has gone, too.
    if (member === undefined || client.closed) return;
    for (const topic of topics) {
      sessions.remove(member.moduleId, topic);
      upstream?.unsubscribed(member.moduleId, topic);
    }
  });
}

function localModule(client: Client): LocalModule {
  return {
    deliver: (topic, payload) => {
      if (!client.closed)
        client.publish({ cmd: "publish", qos: 0, retain: false, dup: false, topic, payload }, () => {});
    },
  };
}

/** Of what was refused, aedes says QoS 128. */
function isGranted({ qos }: Subscription): boolean {
  return qos <= 1;
}

function refusal(client: Client, cause?: Error) {
  print({ event: "refused", clientId: client.id, ...(cause === undefined ? {} : { error: cause.message }) });
  return cause === undefined
    ? Object.assign(new Error("not authorized"), { returnCode: notAuthorized })
    : Object.assign(new Error("unavailable"), { returnCode: unavailable });
}
