import type { Clock } from "../../../runtime/base/clock.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { parseJson } from "../json.ts";
import { clientIdOf, type Identity } from "../registry/identity.ts";
import type { Connection, Connections } from "./connections.ts";
import { argumentInvalid, HubError } from "./errors.ts";

export const methodFilter = "$iothub/methods/POST/#";
const mostBytes = 128 * 1024;
const seconds = { response: { least: 5, most: 300, otherwise: 30 }, connect: { least: 0, most: 300, otherwise: 0 } };

interface Call {
  readonly clientId: string;
  readonly answer: (status: number, payload: JsonValue) => void;
}

/** Direct methods: calls that wait for a client, or for its answer. */
export class Methods {
  #connections: Connections;
  #clock: Clock;
  #calls = new Map<string, Call>();
  #made = 0;

  constructor(connections: Connections, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  /** @throws HubError 404103 when the client is not there, 504 when its answer is late */
  async invoke(identity: Identity, body: JsonObject): Promise<JsonObject> {
    const { methodName, payload } = body;
    if (typeof methodName !== "string" || !/^[^/#+?]{1,100}$/.test(methodName)) throw argumentInvalid("methodName");
    const text = payload === undefined ? "" : JSON.stringify(payload);
    if (Buffer.byteLength(text) > mostBytes) throw new HubError("MessageTooLarge", "the payload has over 128 KB");
    const wait = readSeconds(body.connectTimeoutInSeconds, seconds.connect);
    const limit = readSeconds(body.responseTimeoutInSeconds, seconds.response);
    const connection = await this.#connected(clientIdOf(identity), wait);
    return this.#call(connection, methodName, text, limit);
  }

  /** What a client has answered to a call of its own. @returns why it is none, or undefined */
  answer(clientId: string, rid: string, status: number, text: string): string | undefined {
    const call = this.#calls.get(rid);
    if (call === undefined || call.clientId !== clientId) return "no such call, or it is too late";
    if (Buffer.byteLength(text) > mostBytes) return "the answer has over 128 KB";
    const payload = text.trim() === "" ? null : parseJson(text);
    if (payload === undefined) return "the answer is no JSON";
    this.#calls.delete(rid);
    call.answer(status, payload);
    return undefined;
  }

  #connected(clientId: string, waitSeconds: number): Promise<Connection> {
    const online = () => {
      const connection = this.#connections.get(clientId);
      return connection?.isSubscribed(methodFilter) === true ? connection : undefined;
    };
    const present = online();
    if (present !== undefined) return Promise.resolve(present);
    const offline = new HubError("DeviceNotOnline", "Timed out waiting for device to connect.");
    if (waitSeconds === 0) return Promise.reject(offline);
    return new Promise((resolve, reject) => {
      const unwatch = this.#connections.watch(() => {
        const connection = online();
        if (connection === undefined) return;
        cancel();
        unwatch();
        resolve(connection);
      });
      const cancel = this.#clock.after(waitSeconds * 1000, () => {
        unwatch();
        reject(offline);
      });
    });
  }

  #call(connection: Connection, methodName: string, text: string, limitSeconds: number): Promise<JsonObject> {
    const rid = (++this.#made).toString(16);
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(limitSeconds * 1000, () => {
        this.#calls.delete(rid);
        reject(new HubError("GatewayTimeout", "Timed out waiting for the response from device."));
      });
      const answer = (status: number, payload: JsonValue) => {
        cancel();
        resolve({ status, payload });
      };
      this.#calls.set(rid, { clientId: connection.clientId, answer });
      connection.deliver(methodFilter, `$iothub/methods/POST/${encodeURIComponent(methodName)}/?$rid=${rid}`, text);
    });
  }
}

function readSeconds(
  value: JsonValue | undefined,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  if (value === undefined || value === null) return otherwise;
  if (typeof value !== "number" || value < least || value > most)
    throw argumentInvalid(`a time limit is ${least} to ${most} seconds`);
  return value;
}
