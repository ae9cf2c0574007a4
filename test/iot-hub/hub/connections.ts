/** A client of MQTT that the hub has let in. */
export interface Connection {
  readonly clientId: string;
  /** Ends it without a word, as MQTT 3.1.1 has none. */
  end(why: string): void;
  /** @returns whether the client has subscribed to it */
  deliver(filter: string, topic: string, payload: string): boolean;
  isSubscribed(filter: string): boolean;
}

/** One connection for each identity: a new one ends the old. */
export class Connections {
  #byClient = new Map<string, Connection>();
  #waiting = new Set<() => void>();

  get(clientId: string): Connection | undefined {
    return this.#byClient.get(clientId);
  }

  all(): readonly Connection[] {
    return [...this.#byClient.values()];
  }

  add(connection: Connection): void {
    const before = this.#byClient.get(connection.clientId);
    this.#byClient.set(connection.clientId, connection);
    before?.end("a newer connection of the same identity");
    this.changed();
  }

  remove(connection: Connection): void {
    if (this.#byClient.get(connection.clientId) === connection) this.#byClient.delete(connection.clientId);
  }

  /** Wakes up who waits for a client or its subscription. */
  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Calls `look` after each change, until the function that it returns is called. */
  watch(look: () => void): () => void {
    this.#waiting.add(look);
    return () => void this.#waiting.delete(look);
  }
}
