import type { AppendFile, Files } from "../files.ts";

/**
 * A file system in memory that can lose power: then only what was synced is sure to be there, and of what was written
 * since, a part from its beginning.
 */
export class MemoryFiles implements Files {
  readonly content = new Map<string, { bytes: Buffer; synced: number }>();
  syncs = 0;
  /** Set to make appends and truncations fail with this code. */
  failure: string | undefined;
  /** Files that were opened and not closed. */
  open = 0;

  async list(directory: string): Promise<readonly string[]> {
    const inside = [...this.content.keys()].filter((path) => path.startsWith(`${directory}/`));
    return [...new Set(inside.map((path) => path.slice(directory.length + 1).split("/")[0] ?? ""))];
  }

  async read(path: string): Promise<Buffer | undefined> {
    return this.content.get(path)?.bytes;
  }

  async makeDirectory(): Promise<void> {}

  async write(path: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    this.content.set(path, { bytes, synced: bytes.length });
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.content.get(from);
    if (file === undefined) throw new Error(`no file ${from}`);
    this.content.delete(from);
    this.content.set(to, file);
  }

  async syncDirectory(): Promise<void> {}

  async openToAppend(path: string): Promise<AppendFile> {
    const file = this.content.get(path);
    if (file === undefined) throw new Error(`no file ${path}`);
    this.open += 1;
    const work = () => {
      if (this.failure !== undefined) throw Object.assign(new Error("no"), { code: this.failure });
    };
    return {
      append: async (bytes) => {
        work();
        file.bytes = Buffer.concat([file.bytes, bytes]);
      },
      sync: async () => {
        this.syncs += 1;
        file.synced = file.bytes.length;
      },
      truncate: async (size) => {
        work();
        file.bytes = file.bytes.subarray(0, size);
      },
      close: async () => {
        this.open -= 1;
      },
    };
  }

  /** @param survives how many bytes of the file are still there, at least the synced ones */
  losePower(path: string, survives: number): void {
    const file = this.content.get(path);
    if (file === undefined) throw new Error(`no file ${path}`);
    file.bytes = file.bytes.subarray(0, Math.max(file.synced, survives));
    file.synced = file.bytes.length;
  }
}
