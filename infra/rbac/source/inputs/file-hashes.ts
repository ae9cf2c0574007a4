import { createHash } from "node:crypto";
import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join, relative } from "node:path";

/** Far more than any kustomization or chart has. */
const maxFiles = 20_000;
const maxBytes = 200 * 1024 * 1024;

/** What something reads cannot be told, so that it is never known to be the same. */
export class InputsUnknown extends Error {}

/** Contents of files, by their path in a repository: equal for equal files at equal places. */
export class FileHashes {
  readonly #root: string;
  readonly #hashes = new Map<string, string>();
  #bytes = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Adds a file, or all files at or below a folder, also by links.
   *
   * @throws InputsUnknown for what leads out of the repository, and for too much
   */
  async add(path: string): Promise<void> {
    const place = this.#placeOf(path);
    if (this.#hashes.has(place)) return;
    if (this.#hashes.size >= maxFiles) throw new InputsUnknown();
    const info = await lstat(path);
    if (info.isSymbolicLink()) {
      const target = await realpath(path).catch(() => undefined);
      this.#hashes.set(place, `link ${target === undefined ? "" : this.#placeOf(target)}`);
      if (target !== undefined) await this.add(target);
    } else if (info.isDirectory()) {
      this.#hashes.set(place, "folder");
      for (const name of await readdir(path)) if (name !== ".git") await this.add(join(path, name));
    } else {
      this.#bytes += info.size;
      if (!info.isFile() || this.#bytes > maxBytes) throw new InputsUnknown();
      this.#hashes.set(
        place,
        createHash("sha256")
          .update(await readFile(path))
          .digest("hex"),
      );
    }
  }

  /** Equal for equal files. */
  sum(): string {
    return createHash("sha256")
      .update(JSON.stringify([...this.#hashes].sort()))
      .digest("hex");
  }

  #placeOf(path: string): string {
    const place = relative(this.#root, path);
    if (place === ".." || place.startsWith("../") || place.startsWith("/")) throw new InputsUnknown();
    return place;
  }
}
