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
  ["templates/a.yaml", '{{ if ne (date "2006" "") "2026" }}x{{ end }}\n'],
  ["templates/a.yaml", '{{ if ne (htmlDate "") "2026-11-30" }}x{{ end }}\n'],
  ["templates/a.yaml", '{{dateInZone "2006" "" "UTC"}}\n'],
  ["templates/a.yaml", '{{ toDate "2006" "2026" | ago }}\n'],
  ["templates/a.yaml", '{{ if eq (first (keys (dict "a" 1 "b" 2))) "b" }}x{{ end }}\n'],
  ["templates/a.yaml", "{{ if eq (first (keys .Values)) (first (sortAlpha .Values.b)) }}x{{ end }}\n"],
  ["templates/a.yaml", '{{ if hasSuffix "c0" (printf "%016p" .Values) }}x{{ end }}\n'],
  ["templates/a.yaml", '{{ if contains "eks" .Capabilities.KubeVersion.GitVersion }}x{{ end }}\n'],
  ["templates/a.yaml", '{{ bcrypt "a" }}\n'],
  ["templates/a.yaml", '{{ encryptAES "secretkey" "a" }}\n'],
  ["templates/a.yaml", '{{ (genCA "a" 1).Cert }}\n'],
  ["templates/a.yaml", '{{ if eq "}}" "}" }}{{ end }}{{ print "}}" now }}\n'],
  ["templates/a.yaml", '{{ "{{/*" }}{{ bcrypt "a" }}{{ "*/}}" }}\n'],
  ["templates/a.yaml", '{{ tpl "{{ bcrypt `a` }}" . }}\n'],
  ["values.yaml", 'a: "# {{/*"\nb: \'{{ bcrypt "a" }}\'\n'],
])("what asks the cluster is found in %s", async (file, text) => {
  expect(await found(file, text)).toEqual([file]);
});

test.each([
  ["README.md", "Now lookup what IsUpgrade is: {{ .Values.a }}\n"],
  ["templates/a.yaml", "{{/* Keys and values of the date: now or never, keys, values, date */}}\n"],
  ["templates/a.yaml", '{{- fail "set keys and values, and a date" }}{{ .Values.date }}{{ $values.keys }}\n'],
  ["templates/a.yaml", "{{ range keys .Values.a | sortAlpha }}{{ end }}{{ len (keys .Values.b) }}\n"],
  ["templates/a.yaml", "# Revision {{ .Values.targetRevision }}\n"],
])("words that ask nothing are left alone in %s", async (file, text) => {
  expect(await found(file, text)).toEqual([]);
});

test.each([
  ["comments", "{{/*"],
  ["quotes", '{{\\"}}'],
])("%s without an end take no more time than others", async (_, piece) => {
  expect(await found("templates/a.yaml", piece.repeat(500_000))).toEqual([]);
});
