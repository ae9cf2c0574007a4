import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A new directory, which goes when the tests beside the call are done. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "edge-test-")));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
