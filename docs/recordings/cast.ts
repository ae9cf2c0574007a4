/** What a terminal has printed, and when. */
export interface Cast {
  readonly columns: number;
  readonly rows: number;
  readonly title: string;
  readonly output: readonly Printed[];
}

export interface Printed {
  /** Seconds since the beginning. */
  readonly time: number;
  readonly text: string;
}

/** As asciinema keeps it, version 2: other players read it too. */
export function formatCast({ columns, rows, title, output }: Cast): string {
  const header = { version: 2, width: columns, height: rows, title };
  const lines = output.map(({ time, text }) => JSON.stringify([Number(time.toFixed(3)), "o", text]));
  return `${[JSON.stringify(header), ...lines].join("\n")}\n`;
}

export function parseCast(text: string): Cast {
  const [header = "{}", ...lines] = text.trimEnd().split("\n");
  const { width, height, title } = JSON.parse(header) as { width: number; height: number; title: string };
  const events = lines.map((line) => JSON.parse(line) as [number, string, string]);
  const output = events.filter(([, type]) => type === "o").map(([time, , text]) => ({ time, text }));
  return { columns: width, rows: height, title, output };
}

/** The same without long waits, and no longer than `longest` seconds: nobody watches a program compile. */
export function shortened({ output, ...cast }: Cast, longestPause: number, longest: number): Cast {
  let [last, shown] = [0, 0];
  const paced = output.map(({ time, text }) => {
    shown += Math.min(time - last, longestPause);
    last = time;
    return { time: shown, text };
  });
  const factor = Math.min(1, longest / Math.max(shown, 0.001));
  return { ...cast, output: paced.map(({ time, text }) => ({ time: time * factor, text })) };
}
