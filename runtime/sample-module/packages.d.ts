/**
 * What is used of the packages in package.json beside this file. They are not installed where this project is
 * developed, only where the sample's image is built.
 *
 * @module
 */
declare module "azure-iot-device" {
  export class Message {
    constructor(data: string);
    contentType: string;
    contentEncoding: string;
    getData(): Buffer;
  }

  export class ModuleClient {
    static fromEnvironment(transport: unknown): Promise<ModuleClient>;
    open(): Promise<unknown>;
    sendOutputEvent(output: string, message: Message): Promise<unknown>;
    complete(message: Message): Promise<unknown>;
    on(event: "inputMessage", listener: (input: string, message: Message) => void): this;
    on(event: "disconnect" | "error", listener: (reason: unknown) => void): this;
  }
}

declare module "azure-iot-device-mqtt" {
  export const Mqtt: unknown;
}

declare module "aedes" {
  import type { Duplex } from "node:stream";

  /** A message as it is sent. */
  interface OutgoingPacket {
    readonly cmd: "publish";
    readonly topic: string;
    readonly payload: Buffer | string;
    readonly qos: 0 | 1;
    readonly retain: boolean;
    readonly dup: boolean;
  }

  interface Subscription {
    readonly topic: string;
    readonly qos: 0 | 1;
  }

  export interface Client {
    readonly id: string;
    readonly closed: boolean;
    /** Sends to this client alone. */
    publish(packet: OutgoingPacket, done: (error?: Error) => void): void;
    /** As if it had asked for that itself. */
    subscribe(subscriptions: readonly Subscription[], done: (error?: Error) => void): void;
    close(done?: () => void): void;
  }

  export interface PublishPacket {
    readonly topic: string;
    readonly payload: Buffer | string;
    readonly retain: boolean;
  }

  export interface Handlers {
    preConnect(
      client: Client,
      packet: { clean: boolean; readonly will?: object },
      done: (error: Error | null, success: boolean) => void,
    ): void;
    authenticate(
      client: Client,
      userName: string | undefined,
      password: Buffer | undefined,
      done: (error: (Error & { returnCode: number }) | null, success: boolean) => void,
    ): void;
    authorizePublish(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void;
    authorizeSubscribe<S extends { readonly topic: string }>(
      client: Client,
      subscription: S,
      done: (error: Error | null, subscription: S | null) => void,
    ): void;
  }

  export class Aedes {
    static createBroker(options: Partial<Handlers> & { readonly connectTimeout?: number }): Promise<Aedes>;
    readonly handle: (connection: Duplex) => void;
    on(event: "publish", listener: (packet: PublishPacket, client: Client | null) => void): this;
    on(event: "ack", listener: (packet: PublishPacket, client: Client) => void): this;
    on(event: "clientReady" | "clientDisconnect", listener: (client: Client) => void): this;
    on(event: "subscribe", listener: (subscriptions: readonly Subscription[], client: Client) => void): this;
    /** Also at the end of a connection. */
    on(event: "unsubscribe", listener: (topics: readonly string[], client: Client) => void): this;
    on(event: "clientError" | "connectionError", listener: (client: Client, error: Error) => void): this;
    publish(packet: OutgoingPacket, done: (error?: Error) => void): void;
    close(done?: () => void): void;
  }
}
