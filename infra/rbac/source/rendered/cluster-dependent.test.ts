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

const ownNames = { release: true, namespace: true };

async function asked(file: string, text: string, given = ownNames): Promise<string[]> {
  const chart = await mkdtemp(join(folder, "chart-"));
  await mkdir(dirname(join(chart, file)), { recursive: true });
  await writeFile(join(chart, file), text);
  const all = await clusterDependent(chart, "chart", [], given);
  return all.map((one) => `${one.file.replace("chart/", "")} ${one.problem}`);
}

const found = async (file: string, text: string) => (await asked(file, text)).map((one) => one.split(" ")[0]);

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
  ["the time, with escapes of Go", "templates/a.yaml", '{{ tpl "{{ \\x6eow }}" . }}', "the time or chance"],
  [
    "the cluster, with escapes of YAML",
    "values.yaml",
    'a: "{{ l\\u006fokup `v1` `Secret` `` `` }}"\n',
    "objects of the cluster",
  ],
  ["a part of a template", "values.yaml", "a: '{{ loo'\nb: 'kup }}'\n", "puts together"],
  ["a text of others", "templates/a.yaml", "{{ tpl (print .Values.a .Values.b) . }}", "puts together"],
  ["what is decoded", "templates/a.yaml", "{{ $t := .Values.a | b64dec }}{{ tpl $t . }}", "puts together"],
  ["a piece", "templates/a.yaml", '{{ include "render" (dict "value" (list "{{ no" "w }}")) }}', "puts together"],
  ["all APIs", "templates/a.yaml", '{{ if contains "acme.io/v1" (toJson .Capabilities) }}{{ end }}', "as a whole"],
  ["all of the release", "templates/a.yaml", "{{ range $key, $value := .Release }}{{ end }}", "as a whole"],
  [
    "the release by another dot",
    "templates/a.yaml",
    '{{ with .Release }}{{ if eq .Name "prod" }}{{ end }}{{ end }}',
    "as a whole",
  ],
  ["everything", "templates/a.yaml", '{{ if contains "acme.io" (toJson .) }}{{ end }}', "toJson"],
  ["everything by the dollar", "templates/a.yaml", '{{ toYaml $ | regexFind "acme" }}', "as a whole"],
  [
    "the patch release",
    "templates/a.yaml",
    "{{ if gt (semver .Capabilities.KubeVersion.Version).Patch 8 }}{{ end }}",
    "whose Kubernetes",
  ],
  [
    "a patch release",
    "templates/a.yaml",
    '{{ if semverCompare ">=1.36.9" .Capabilities.KubeVersion.Version }}{{ end }}',
    "whose Kubernetes",
  ],
  [
    "a provider",
    "templates/a.yaml",
    '{{ if semverCompare ">=1.36-gke" .Capabilities.KubeVersion.Version }}{{ end }}',
    "whose Kubernetes",
  ],
])("what is asked in other words is found: %s", async (_, file, text, what) => {
  expect(await asked(file, `${text}\n`)).toEqual([expect.stringContaining(what)]);
});

test.each([
  ['{{ if eq .Release.Name "prod" }}{{ end }}', "--release"],
  ['{{ $name := .Release.Name }}{{ if hasPrefix "prod" $name }}{{ end }}', "--release"],
  ['{{ if hasPrefix "3f" (sha256sum $.Release.Namespace) }}{{ end }}', "--namespace"],
])("a name that is not given must not decide: %s", async (text, option) => {
  const given = { release: false, namespace: false };
  expect(await asked("templates/a.yaml", text, given)).toEqual([expect.stringContaining(option)]);
  expect(await asked("templates/a.yaml", text)).toEqual([]);
});

test("what nearly all charts do with names and objects asks nothing", async () => {
  const text = [
    '{{- define "app.fullname" -}}{{- $name := default .Chart.Name .Values.nameOverride }}',
    "{{- if contains $name .Release.Name }}{{- .Release.Name | trunc 63 }}{{- end }}{{- end }}",
    '{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}',
    '{{ include "common.tplvalues.render" (dict "value" .Values.extra "context" $) }}',
    '{{ include "sub" (dict "Release" .Release "Capabilities" $.Capabilities "Values" .Values.sub) }}',
    "{{ with .Values.nodeSelector }}{{ toYaml . | nindent 8 }}{{ end }}{{ tpl .Values.name $ | lower | trunc 63 }}",
    '{{ tpl (.Values.config | toYaml) . }}{{ if semverCompare ">=1.25-0" .Capabilities.KubeVersion.Version }}{{ end }}',
    '{{ "{{" }} $labels.instance {{ "}}" }}{{`{{ $value }}`}}',
  ].join("\n");
  expect(await asked("templates/_a.tpl", text, { release: false, namespace: false })).toEqual([]);
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
