import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clusterDependent } from "./cluster-dependent.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-chart-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function found(file: string, text: string): Promise<string[]> {
  const chart = await mkdtemp(join(folder, "chart-"));
  await mkdir(dirname(join(chart, file)), { recursive: true });
  await writeFile(join(chart, file), text);
  return (await clusterDependent(chart, "chart", [])).map((one) => one.file.replace("chart/", ""));
}

test.each([
  ["values.yaml", "extra: '{{ if .Release.IsUpgrade }}x{{ end }}'\n"],
  ["files/extra.tpl", '{{ lookup "v1" "Secret" "a" "b" }}\n'],
  ["templates/a.yaml", "{{ with .Release }}{{ if gt .Revision 1 }}x{{ end }}{{ end }}\n"],
])("what asks the cluster is found in %s", async (file, text) => {
  expect(await found(file, text)).toEqual([file]);
});

test.each([
  ["README.md", "Now lookup what IsUpgrade is: {{ .Values.a }}\n"],
  ["templates/a.yaml", "# Revision {{ .Values.targetRevision }}\n"],
])("words that ask nothing are left alone in %s", async (file, text) => {
  expect(await found(file, text)).toEqual([]);
});
