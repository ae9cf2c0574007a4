import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { Printed } from "./cast.ts";

export interface Command {
  /** As somebody types it. */
  readonly shown: string;
  /** What is run for it, where that differs. */
  readonly run?: string;
  readonly exitCode?: number;
}

interface Place {
  readonly columns: number;
  readonly rows: number;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a command in a terminal of its own, by util-linux' script, and gives what it prints, with its prompt. */
export async function recordCommand(command: Command, { columns, rows, directory, env }: Place) {
  const { shown, run = shown, exitCode = 0 } = command;
  const temporary = await mkdtemp(join(tmpdir(), "edge-recording-"));
  const [log, timing] = [join(temporary, "log"), join(temporary, "timing")];
  try {
    const inTerminal = `stty cols ${columns} rows ${rows}; ${run}`;
    const args = ["--quiet", "--return", "--flush", "--log-out", log, "--log-timing", timing, "--command", inTerminal];
    const child = spawn("script", args, { cwd: directory, env, stdio: ["ignore", "ignore", "inherit"] });
    const [code] = await once(child, "exit");
    if (code !== exitCode) throw new Error(`${shown} ended with ${code}:\n${await readFile(log, "utf8")}`);
    return [
      { time: 0, text: `\u001b[1;32m$\u001b[0m \u001b[1m${shown}\u001b[0m\r\n` },
      ...timed(await readFile(log), await readFile(timing, "utf8")).map(({ time, text }) => ({
        time: time + 0.8,
        text,
      })),
    ];
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The log is bytes; each line of the timing says after how many seconds how many of them came. */
function timed(log: Buffer, timing: string): readonly Printed[] {
  const body = log.subarray(log.indexOf("\n") + 1);
  const decoder = new StringDecoder("utf8");
  let [time, at] = [0, 0];
  return timing
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [delay = 0, bytes = 0] = line
        .replace(/^[A-Z] /, "")
        .split(" ")
        .map(Number);
      time += delay;
      at += bytes;
      return { time, text: decoder.write(body.subarray(at - bytes, at)) };
    });
}
