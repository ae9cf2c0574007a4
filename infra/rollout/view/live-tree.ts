import type { ProgressStream } from "../../terminal/index.ts";
import type { Event, Run, RunState } from "../model/index.ts";
import { formatTree } from "./tree.ts";

const redrawInterval = 200;
const clustersPerWave = 12;

/** Draws the tree in place on a terminal, again and again, until it is closed. The last picture stays. */
export function createLiveTree(run: Run, stream: ProgressStream & { readonly rows?: number }, now: () => number) {
  let drawn = 0;
  let latest: RunState | undefined;
  let notice: string | undefined;
  let isClosed = false;
  const draw = () => {
    if (latest === undefined) return;
    const width = (stream.columns ?? 80) - 1;
    const height = Math.max(4, (stream.rows ?? 24) - 1);
    const tree = formatTree(run, latest, { width, clustersPerWave, now: now() });
    const lines = notice === undefined ? tree.slice(0, height) : [...tree.slice(0, height - 1), notice.slice(0, width)];
    const up = drawn === 0 ? "" : `\u001b[${drawn}A`;
    stream.write(`${up}\u001b[J${lines.join("\n")}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, redrawInterval);
  return {
    observe: (_event: Event, state: RunState): void => {
      latest = state;
      notice = undefined;
    },
    /** Shows a line below the tree until something happens. */
    note: (line: string): void => {
      notice = line;
    },
    /** What is printed after it stays: to close it again draws nothing. */
    close: (): void => {
      if (isClosed) return;
      isClosed = true;
      clearInterval(timer);
      draw();
    },
  };
}
