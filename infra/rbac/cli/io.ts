/** What the commands need of the world. */
export interface RbacIo {
  readonly print: (text: string) => void;
  readonly writeFile: (path: string, text: string) => Promise<void>;
  readonly setExitCode: (code: number) => void;
  /** Whether the output may have colours. */
  readonly colour: boolean;
  /** Today as YYYY-MM-DD. */
  readonly today: string;
  readonly projectDirectory: string;
}

/** The process itself: standard output, the exit code, the calendar day in UTC. */
export function processIo(projectDirectory: string = process.cwd()): RbacIo {
  return {
    print: (text) => {
      process.stdout.write(text);
    },
    writeFile: async (path, text) => {
      const { writeFile } = await import("node:fs/promises");
      await writeFile(path, text);
    },
    setExitCode: (code) => {
      process.exitCode = code;
    },
    colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    today: new Date().toISOString().slice(0, 10),
    projectDirectory,
  };
}
