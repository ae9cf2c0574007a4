/** What a journal needs of a file system. */
export interface Files {
  /** Names in a directory; none where it does not exist. */
  list(directory: string): Promise<readonly string[]>;
  /** @returns undefined when there is no such file */
  read(path: string, maxBytes: number): Promise<Buffer | undefined>;
  /** Makes the directory and those above it. */
  makeDirectory(path: string): Promise<void>;
  /** Writes a file so that its content survives a crash; its name does only after {@link syncDirectory}. */
  write(path: string, content: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Makes names in the directory survive a crash. */
  syncDirectory(path: string): Promise<void>;
  openToAppend(path: string): Promise<AppendFile>;
}

export interface AppendFile {
  /** Writes all of it at the end. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when all that was written survives a crash. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}
