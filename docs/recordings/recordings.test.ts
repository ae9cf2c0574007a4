import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createScrubber } from "../../runtime/contract/index.ts";
import { formatCast, parseCast, shortened } from "./cast.ts";
import { colours, paper, recordingSvg } from "./recording-svg.ts";
import { recordings } from "./recordings.ts";
import { play } from "./screen.ts";

const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

describe.each(Object.keys(recordings))("the recording %s", (name) => {
  const svg = read(`../images/${name}.svg`);
  const texts = [svg, read(`${name}.cast`)];

  it("is a picture as GitHub shows it, and small", () => {
    expect(misplacedTags(svg)).toEqual([]);
    expect(svg).not.toMatch(/&(?!(amp|lt|gt|quot);)|href|<image|<foreignObject|<script|\p{Cc}(?<!\n)/u);
    expect(svg).toMatch(/role="img" aria-label="[^"]+"/);
    const [, width = ""] = /<svg [^>]*width="(\d+)"/.exec(svg) ?? [];
    expect(Number(width)).toBeLessThanOrEqual(960);
    expect(Buffer.byteLength(svg)).toBeLessThan(60_000);
  });

  it("says nothing of the machine, and no secret", () => {
    for (const text of texts) {
      expect(text).not.toMatch(/\/(root|home|tmp|work|users|var\/folders)\b/i);
      expect(text).not.toMatch(/-----BEGIN|\beyJ[A-Za-z0-9_-]{10}/);
      // A signature is there to be shown.
      const plain = text
        .replace(/<[^>]*>|\\u001b\[[0-9;?]*[A-Za-z]/g, "\n")
        .replace(/(\bdigest\s+)[A-Za-z0-9+/]{43}=/g, "$1");
      expect(createScrubber().text(plain)).toBe(plain);
    }
  });

  it("is in the README, with what it shows in words", () => {
    const shown = [...read("../../README.md").matchAll(/!\[([^\]]+)\]\(docs\/images\/([a-z]+)\.svg\)/g)];
    expect(shown.filter(([, , file]) => file === name).map(([, words]) => words?.length ?? 0)).toEqual([
      expect.toSatisfy((length: number) => length > 20),
    ]);
  });
});

describe("what a terminal shows", () => {
  const cast = (...output: readonly (readonly [number, string])[]) => ({
    columns: 20,
    rows: 3,
    title: "a <test>",
    output: output.map(([time, text]) => ({ time, text })),
  });

  it("is each line while it says one thing, and the last to the end", async () => {
    const { lines, scrolls } = await play(
      cast([0, "\u001b[32m|\u001b[0m a"], [1, "\r\u001b[2K/ a"], [2, "\r\u001b[2Kdone  b"]),
    );
    expect(scrolls).toEqual([{ time: 0, first: 0 }]);
    const said = lines.map(({ from, until, runs }) => [from, until, runs.map(({ column, text }) => [column, text])]);
    expect(said).toEqual([
      [
        0,
        1,
        [
          [0, "|"],
          [2, "a"],
        ],
      ],
      [1, 2, [[0, "/ a"]]],
      [
        2,
        undefined,
        [
          [0, "done"],
          [6, "b"],
        ],
      ],
    ]);
    expect(lines[0]?.runs[0]?.style).toEqual({ colour: 2 });
  });

  it("moves up where there is more than its rows", async () => {
    const film = await play(cast([0, "a\r\nb\r\n"], [1, "c\r\nd\r\ne"]));
    expect(film.scrolls).toEqual([
      { time: 0, first: 0 },
      { time: 1, first: 2 },
    ]);
    expect(film.lines.map(({ runs }) => runs[0]?.text)).toEqual(["a", "b", "c", "d", "e"]);
    expect(recordingSvg(film)).toContain('transform="translate(14 -36)"');
  });

  it("stays as its last frame where nothing moves, and what has gone is not there", async () => {
    const svg = recordingSvg(await play(cast([0, "going"], [1, "\r\u001b[2Kstays & ends"])));
    expect(svg).toMatch(/class="t"[^>]*><tspan x="0">going</);
    expect(svg).toMatch(/class="f"[^>]*><tspan x="0">stays &amp; ends</);
    expect(svg).toContain(".t{visibility:hidden");
    expect(svg).toContain('aria-label="a &lt;test&gt;"');
  });

  it("can be read in all of its colours", () => {
    for (const colour of colours) expect(contrast(colour, paper)).toBeGreaterThan(4.5);
  });

  it("waits for nothing for long", () => {
    const times = (longest: number) =>
      shortened(cast([0, "a"], [60, "b"], [61, "c"]), 1, longest).output.map(({ time }) => time);
    expect(times(10)).toEqual([0, 1, 2]);
    expect(times(1)).toEqual([0, 0.5, 1]);
  });

  it("is kept as asciinema has it", () => {
    const kept = cast([0, "\u001b[1ma"], [1.5, "é"]);
    expect(formatCast(kept).split("\n")[1]).toBe('[0,"o","\\u001b[1ma"]');
    expect(parseCast(formatCast(kept))).toEqual(kept);
  });
});

/** Tags that close another element than the one that is open. */
function misplacedTags(svg: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [tag, isEnd, name = "", isEmpty] of svg.matchAll(/<(\/?)([a-z]+)(?: [^<>]*?)?(\/?)>/g)) {
    if (isEnd !== "" && open.pop() !== name) wrong.push(tag);
    else if (isEnd === "" && isEmpty === "") open.push(name);
  }
  const rest = svg.replace(/<\/?[a-z]+(?: [a-zA-Z-]+="[^"<>]*")*\/?>/g, "");
  return [...wrong, ...open, ...(/[<>]/.exec(rest) ?? [])];
}

/** As the accessibility guidelines reckon it. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
