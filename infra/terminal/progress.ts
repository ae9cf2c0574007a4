import process from "node:process";
import { movesCursor, showsUnicode } from "./abilities.ts";
import { cleanLine, cleanText } from "./clean-text.ts";
import { asCalled } from "./command-line.ts";

/** Where progress is shown. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows what is being done, on stderr. */
export interface Progress {
  /** Runs a step, shows its title, what it tells and how long it took. */
  step<T>(title: string, action: (tell: (line: string) => void) => Promise<T>): Promise<T>;
  /** A line that stays. */
  note(line: string): void;
}

interface Symbols {
  readonly frames: readonly string[];
  readonly done: string;
  readonly failed: string;
}
const symbols: Symbols = { frames: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"], done: "✓", failed: "✗" };
const ascii: Symbols = { frames: ["|", "/", "-", "\\"], done: "[ok]", failed: "[xx]" };
const frameInterval = 100;

/** A spinner on a terminal, plain lines with the elapsed time elsewhere. Names in them are cleaned. */
export function createProgress(
  stream: ProgressStream,
  now: () => number = Date.now,
  env: NodeJS.ProcessEnv = process.env,
): Progress {
  const isLive = movesCursor(stream, env);
  const shown = isLive ? spinner(stream, now, showsUnicode(env) ? symbols : ascii) : plainLines(stream, now);
  return {
    note: (line) => shown.note(cleanText(asCalled(line))),
    step: (title, action) =>
      shown.step(cleanLine(title), (tell) => action((line) => tell(isLive ? cleanLine(line) : cleanText(line)))),
  };
}

function plainLines(stream: ProgressStream, now: () => number): Progress {
  const note = (line: string) => void stream.write(`${line}\n`);
  return {
    note,
    step: async (title, action) => {
      const start = now();
      note(`${title} ...`);
      const result = await action((line) => note(`  ${duration(now() - start).padStart(6)}  ${line}`));
      note(`${title}: done in ${duration(now() - start)}`);
      return result;
    },
  };
}

function spinner(stream: ProgressStream, now: () => number, { frames, done, failed }: Symbols): Progress {
  const clear = "\r\u001b[2K";
  const note = (line: string) => void stream.write(`${clear}${line}\n`);
  return {
    note,
    step: async (title, action) => {
      const start = now();
      let detail = "";
      let frame = 0;
      const draw = () => {
        const text = `${frames[frame % frames.length]} ${title} ${duration(now() - start)} ${detail}`;
        stream.write(clear + text.slice(0, (stream.columns ?? 80) - 1));
        frame += 1;
      };
      draw();
      const timer = setInterval(draw, frameInterval);
      try {
        const result = await action((line) => {
          detail = line;
        });
        note(`${done} ${title} (${duration(now() - start)})`);
        return result;
      } catch (error) {
        note(`${failed} ${title} (${duration(now() - start)})`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

/** `0.4 s`, `12 s`, `3 min 20 s` */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
