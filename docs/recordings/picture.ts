import { readFile } from "node:fs/promises";
import { parseCast, shortened } from "./cast.ts";
import { recordingSvg } from "./recording-svg.ts";
import { type RecordingName, recordings } from "./recordings.ts";
import { play } from "./screen.ts";

/** Seconds: a reader looks at a picture, and does not wait for it. */
const [longestPause, longest] = [1.2, 15];

/** The picture of a recording, as it stands beside the page. */
export async function recordingPicture(name: RecordingName): Promise<string> {
  const cast = parseCast(await readFile(new URL(`${name}.cast`, import.meta.url), "utf8"));
  const { title, rows } = recordings[name];
  return recordingSvg(await play(shortened({ ...cast, title, rows }, longestPause, longest)));
}
