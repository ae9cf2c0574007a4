import { inMemory, openDatabase } from "./database.ts";

/** A subscription of a module. */
export interface Subscription {
  readonly topic: string;
  readonly qos: 0 | 1;
}

/**
 * What modules are subscribed to, also while they are away, as IoT Hub keeps it: the SDK for Node.js connects again with
 * each new token, in the session that it has, and subscribes to nothing.
 */
export interface Sessions {
  /** The module connects. @returns what it is subscribed to: nothing in a clean session */
  begin(moduleId: string, clean: boolean): readonly Subscription[];
  add(moduleId: string, subscription: Subscription): void;
  remove(moduleId: string, topic: string): void;
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS subscriptions (
    module TEXT NOT NULL,
    topic TEXT NOT NULL,
    qos INTEGER NOT NULL,
    PRIMARY KEY (module, topic)
  ) STRICT, WITHOUT ROWID;
`;

/** @param path of the file that keeps them over a restart of the hub; by default nothing does */
export function openSessions(path: string = inMemory, onDamaged: (path: string) => void = () => {}): Sessions {
  return openDatabase(
    path,
    (database) => {
      database.exec(schema);
      const all = database.prepare("SELECT topic, qos FROM subscriptions WHERE module = ? ORDER BY topic");
      const forget = database.prepare("DELETE FROM subscriptions WHERE module = ?");
      const add = database.prepare("INSERT OR REPLACE INTO subscriptions (module, topic, qos) VALUES (?, ?, ?)");
      const remove = database.prepare("DELETE FROM subscriptions WHERE module = ? AND topic = ?");
      return {
        begin: (moduleId, clean) => {
          if (clean) forget.run(moduleId);
          return all.all(moduleId).map((row) => ({ topic: String(row.topic), qos: row.qos === 0 ? 0 : 1 }));
        },
        add: (moduleId, { topic, qos }) => void add.run(moduleId, topic, qos),
        remove: (moduleId, topic) => void remove.run(moduleId, topic),
        close: () => database.close(),
      };
    },
    onDamaged,
  );
}
