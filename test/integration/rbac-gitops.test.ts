import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openSource } from "../../infra/rbac/source/open.ts";
import { readHelmChart } from "../../infra/rbac/source/rendered/helm.ts";
import { readKustomization } from "../../infra/rbac/source/rendered/kustomize.ts";
import { runTool } from "../../infra/rbac/source/rendered/run-tool.ts";
import { codeOf } from "../../infra/rbac/test/sources.ts";
import { put, type Repository, repositoryOf, role } from "./rbac-gitops/repository.ts";

const tools = inject("gitopsTools");
const env = { PATH: tools };
const opening: Repository[] = [];
const open = async (name: string) => {
  const repository = await repositoryOf(name, tools);
  opening.push(repository);
  return repository;
};
afterAll(async () => {
  for (const repository of opening) await repository[Symbol.asyncDispose]();
});

const pullRequests = {
  manifests: ["manifests:environments/production", []],
  helm: ["helm:charts/reporter", ["--release", "reporter", "--namespace", "reporting"]],
  kustomize: ["kustomize:overlays/production", []],
} as const;

describe.each(Object.entries(pullRequests))("a pull request of %s that hides a grant", (name, [source, options]) => {
  it("gets the comment that docs/rbac-gitops.md shows", async () => {
    const { rbac } = await open(name);
    const args = ["diff", "--base", `${source}@main`, "--head", source, ...options, "--fail-on", "high"];
    const { code, stdout } = await rbac([...args, "-o", "markdown", "--marker", name]);
    expect(code).toBe(3);
    await expect(stdout).toMatchFileSnapshot(`../../docs/rbac-gitops/${name}.md`);
  });
  it("is not there before it", async () => {
    const { rbac } = await open(name);
    const args = ["diff", "--base", `${source}@main`, "--head", `${source}@HEAD`, ...options];
    expect(await rbac(args)).toMatchObject({ code: 0, stderr: "" });
  });
});

const elsewhere =
  "with another release name, in another namespace or in a patch release of Kubernetes 1.36 with the APIs of common operators";

describe("a Helm chart", () => {
  let repository: Repository;
  let chart: string;
  beforeAll(async () => {
    repository = await open("helm");
    chart = join(repository.folder, "charts/reporter");
  });
  const read = (options: object = {}, ref?: string) => readHelmChart(chart, ref, { env, ...options });

  it("is rendered for its release and namespace, hooks included, and each object has its template's place", async () => {
    await put(
      repository,
      "charts/reporter/templates/hook.yaml",
      role("in-a-hook").replace("{name", "{annotations: {helm.sh/hook: pre-install}, name"),
    );
    const [cluster] = (await read({ release: "site", namespace: "factory" })).clusters;
    expect(cluster?.roles.map((one) => one.name).sort()).toEqual(["in-a-hook", "site"]);
    expect(cluster?.bindings[0]).toMatchObject({
      namespace: "factory",
      subjects: [{ kind: "ServiceAccount", namespace: "factory", name: "site" }],
      origin: { file: join(chart, "templates/bindings.yaml") },
    });
    expect(cluster?.unresolved).toEqual([]);
  });

  it("that says of an object what template it is of does not name another file as its place", async () => {
    const other = await open("helm");
    const at = join(other.folder, "charts/reporter");
    const placeOf = async (file: string, text: string) => {
      await put(other, `charts/reporter/${file}`, text);
      const [cluster] = (await readHelmChart(at, undefined, { env })).clusters;
      return cluster?.roles.find((one) => one.name === "hidden")?.origin.file;
    };
    const claim = "# Source: reporter/templates/bindings.yaml\n";
    const forged = join(at, "templates/forged.yaml");
    for (const start of [claim, `---\n---\n${claim}`, `a: b\n---\n# c\n---\n---\n${claim}`, `---\n---\n---\n${claim}`])
      expect(await placeOf("templates/forged.yaml", `${start}${role("hidden")}`)).toBe(forged);
    await put(other, "charts/reporter/templates/forged.yaml", "");
    // Helm prints these as they are, so that only the chart is sure.
    expect(await placeOf("crds/x.yaml", `kind: x\n---\n${claim}${role("hidden")}`)).toBe(at);
  });

  it("takes values, and at a revision those of the revision", async () => {
    const values = await put(repository, "values/production.yaml", "viewers: operators\n");
    await repository.git("add", "values");
    await repository.git("commit", "--quiet", "-m", "Values");
    await put(repository, "values/production.yaml", "viewers: everyone\n");
    const viewers = async (ref?: string) =>
      (await read({ values: [values] }, ref)).clusters[0]?.bindings.flatMap((one) =>
        one.subjects.map(({ name }) => name),
      );
    expect(await viewers()).toContain("everyone");
    expect(await viewers("HEAD")).toContain("operators");
    const missing = read({ values: [join(repository.folder, "nowhere.yaml")] });
    expect(await codeOf(missing)).toMatch(/^EDGE_RBAC_FILE_UNREADABLE .*nowhere\.yaml/);
  });

  it("that asks the cluster is unresolved, and the same as long as its template is", async () => {
    const template = (extra: string) =>
      `{{- if lookup "v1" "Namespace" "" "production" }}\n${role("hidden", extra)}{{- end }}\n`;
    await put(repository, "charts/reporter/templates/asks.yaml", template(""));
    const unresolved = async () => (await read()).clusters[0]?.unresolved ?? [];
    const [first] = await unresolved();
    expect(first).toMatchObject({
      reason: "unreadable",
      detail: "asks for objects of the cluster (lookup), so it may make other objects in a cluster than here",
      origin: { file: join(chart, "templates/asks.yaml") },
    });
    expect((await unresolved())[0]?.identity).toBe(first?.identity);
    await put(repository, "charts/reporter/templates/asks.yaml", template("aggregationRule: {}\n"));
    expect((await unresolved())[0]?.identity).not.toBe(first?.identity);
    await put(repository, "charts/reporter/templates/asks.yaml", "");
  });

  it("starts no plugin and reads no settings of the user", async () => {
    const plugin = await put(
      repository,
      "plugins/p/plugin.yaml",
      "name: p\nversion: 0.1.0\ncommand: $HELM_PLUGIN_DIR/p\n",
    );
    await put(repository, "plugins/p/p", "#!/bin/sh\nexit 1\n");
    await chmod(join(dirname(plugin), "p"), 0o755);
    const own = { PATH: tools, HELM_PLUGINS: join(repository.folder, "plugins"), HELM_NAMESPACE: "elsewhere" };
    const [cluster] = (await readHelmChart(chart, undefined, { env: own })).clusters;
    expect(cluster?.bindings[0]?.subjects[0]?.namespace).toBe("default");
  });

  it.each([
    ["a chart that is not on this machine", "oci://registry.example.com/chart", /^EDGE_RBAC_FILE_UNREADABLE /],
    ["a chart that is named like an option", "--post-renderer=/bin/false", /^EDGE_RBAC_FILE_UNREADABLE /],
  ])("refuses %s", async (_, name, code) => {
    expect(await codeOf(openSource(`helm:${name}`, { projectDirectory: repository.folder, env }))).toMatch(code);
  });

  it("that links to a file outside of it is refused, whatever would come of it", async () => {
    const other = await open("helm");
    await mkdir(join(other.folder, "charts/reporter/files"));
    await symlink("/etc/passwd", join(other.folder, "charts/reporter/files/names"));
    const refused = readHelmChart(join(other.folder, "charts/reporter"), undefined, { env });
    expect(await codeOf(refused)).toBe(
      "EDGE_RBAC_SOURCE_ESCAPES files/names leads out of the folder or repository that is judged",
    );
  });

  it.each([
    [
      "on an upgrade",
      '{{- range $key, $value := .Release }}{{ if and (hasPrefix "IsUp" $key) $value }}',
      "{{ end }}{{ end }}",
    ],
    ...[
      '{{- if ne .Release.Name "release-name" }}',
      '{{- if ne .Release.Namespace "default" }}',
      "{{- if ne (semver .Capabilities.KubeVersion.Version).Patch 0 }}",
      '{{- if contains "monitoring.coreos.com" (toJson .) }}',
    ].map((start) => [elsewhere, start, "{{ end }}"]),
    ["in Kubernetes 1.34", '{{- if semverCompare "<1.35-0" .Capabilities.KubeVersion.Version }}', "{{ end }}"],
    [
      "in a later version of Kubernetes",
      '{{- if semverCompare ">=1.37-0" .Capabilities.KubeVersion.Version }}',
      "{{ end }}",
    ],
    [
      "on an upgrade in Kubernetes 1.35",
      '{{- range $k, $up := .Release }}{{ if and (hasPrefix "IsUp" $k) $up (semverCompare "~1.35.0" $.Capabilities.KubeVersion.Version) }}',
      "{{ end }}{{ end }}",
    ],
    [
      "on an upgrade",
      '{{- range $k, $up := .Release }}{{ if and (hasPrefix "IsUp" $k) $up }}{{ if ne $.Capabilities.KubeVersion.Minor "36" }}{{ fail "no" }}{{ end }}',
      "{{ end }}{{ end }}",
    ],
  ])("that grants something else %s is unresolved", async (when, start, end) => {
    const other = await open("helm");
    const at = join(other.folder, "charts/reporter");
    // What its templates ask is told as well.
    const unresolved = async () =>
      (await readHelmChart(at, undefined, { env, kubernetes: "1.36" })).clusters[0]?.unresolved.filter(({ detail }) =>
        detail.startsWith("brings"),
      );
    const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    await put(other, "charts/reporter/templates/when.yaml", `${start}\n${config}${end}\n`);
    expect(await unresolved()).toEqual([]);
    await put(other, "charts/reporter/templates/when.yaml", `${start}\n${role("hidden")}${end}\n`);
    expect(await unresolved()).toMatchObject([{ detail: `brings other permissions ${when} than here` }]);
  });

  it("that grants the same under other names is quiet, and one that cannot be rendered there is unresolved", async () => {
    const other = await open("helm");
    const options = { env, kubernetes: "1.36" };
    const unresolved = async (more: object = {}) =>
      (
        await readHelmChart(join(other.folder, "charts/reporter"), undefined, { ...options, ...more })
      ).clusters[0]?.unresolved.filter(({ detail }) => !detail.startsWith("asks"));
    const named = "{{ .Release.Namespace }}-{{ .Release.Name }}-x";
    const put2 = (start: string, end: string) =>
      put(other, "charts/reporter/templates/when.yaml", `${start}\n${role(named)}---\n${role("default")}${end}\n`);
    await put2("", "");
    expect(await unresolved()).toEqual([]);
    await put2('{{ if ne .Release.Name "release-name" }}{{ fail "no" }}{{ end }}', "");
    expect(await unresolved()).toMatchObject([{ detail: expect.stringMatching(/^cannot be rendered with another/) }]);
    await put2('{{ if and (ne .Release.Name "prod") (ne .Release.Namespace "shop") }}', "{{ end }}");
    expect(await unresolved({ release: "prod", namespace: "shop" })).toEqual([]);
  });

  it("has its values bounded and searched as it is itself, wherever they stand", async () => {
    const other = await open("helm");
    const at = join(other.folder, "charts/reporter");
    const readWith = (...files: string[]) => readHelmChart(at, undefined, { env, values: files });
    const bomb = await put(other, "values/bomb.yaml", "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*b]\n");
    expect(await codeOf(readWith(bomb))).toMatch(/^EDGE_RBAC_DOCUMENT_EXCESSIVE .*values\/bomb\.yaml:2: /);
    const link = join(other.folder, "values/link.yaml");
    await symlink("/etc/passwd", link);
    expect(await codeOf(readWith(link))).toBe(
      "EDGE_RBAC_SOURCE_ESCAPES values/link.yaml leads out of the folder or repository that is judged",
    );
    const asking = await put(other, "values/of, us.yaml", 'note: \'{{ lookup "v1" "Secret" "" "" }}\'\n');
    const [cluster] = (await readWith(asking)).clusters;
    expect(cluster?.unresolved).toMatchObject([
      { detail: expect.stringMatching(/^asks for objects of the cluster/), origin: { file: asking } },
    ]);
    await put(other, "charts/reporter/values.yaml", "a: &a [*a]\n");
    expect(await codeOf(readWith())).toMatch(/^EDGE_RBAC_DOCUMENT_EXCESSIVE .*charts\/reporter\/values\.yaml:1: /);
  });

  it("that does not end, or prints without end, is stopped", async () => {
    const other = await open("helm");
    const loop = "{{- range untilStep 0 2000000000 1 }}{{ end }}";
    await put(other, "charts/reporter/templates/loop.yaml", loop);
    const slow = readHelmChart(join(other.folder, "charts/reporter"), undefined, {
      env,
      limits: { seconds: 0.2, megabytes: 50 },
    });
    expect(await codeOf(slow)).toMatch(/^EDGE_RBAC_TOOL_EXCESSIVE .*helm did not end within 0\.2 s$/);
    const long = read({ limits: { seconds: 120, megabytes: 0.0001 } });
    expect(await codeOf(long)).toMatch(/^EDGE_RBAC_TOOL_EXCESSIVE .*helm printed more than 0\.0001 MB$/);
  });

  it("with an error is an error with the tool's own words, and without the tool one that says what to do", async () => {
    const other = await open("helm");
    await put(other, "charts/reporter/templates/broken.yaml", "{{ .Values.nothing.here }}");
    const args = ["lint", "helm:charts/reporter"];
    expect(await other.rbac(args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error EDGE_RBAC_TOOL_FAILED: .*broken\.yaml:1/),
    });
    const without = await other.rbac(args, { path: "/nowhere" });
    expect(without).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error EDGE_RBAC_TOOL_MISSING: helm /) });
    expect(without.stderr).toContain("helm template release-name charts/reporter | npx edgectl rbac lint manifests:-");
  });

  it("that the base does not have is new as a whole", async () => {
    await put(repository, "charts/second/Chart.yaml", "apiVersion: v2\nname: second\nversion: 0.1.0\n");
    await put(
      repository,
      "charts/second/templates/role.yaml",
      role("new").replace("[]", "[{apiGroups: [''], resources: [pods], verbs: [get]}]"),
    );
    const { code, stdout } = await repository.rbac([
      "diff",
      "--base",
      "helm:charts/second@main",
      "--head",
      "helm:charts/second",
    ]);
    expect(code).toBe(2);
    expect(stdout).toContain("helm charts/second at main, where it is not yet -> chart charts/second");
    expect(stdout).toContain("ClusterRole new is added");
  });
});

it.each([
  [
    "helm",
    "helm:charts/reporter",
    "charts/reporter/.argocd-source.yaml",
    "helm: {parameters: [{name: a, value: b}]}\n",
  ],
  [
    "kustomize",
    "kustomize:overlays/production",
    "overlays/production/.argocd-source-web.yaml",
    "kustomize: {patches: []}\n",
  ],
])("parameters that Argo CD alone sets make a source of %s unresolved", async (name, source, file, text) => {
  const repository = await open(name);
  const read = () => openSource(source, { projectDirectory: repository.folder, env });
  const from = process.cwd();
  process.chdir(repository.folder);
  try {
    expect((await read()).clusters[0]?.unresolved).toEqual([]);
    await put(repository, file, text);
    expect((await read()).clusters[0]?.unresolved).toMatchObject([
      { object: `a document of ${file}`, detail: expect.stringMatching(/^sets parameters by which Argo CD /) },
    ]);
  } finally {
    process.chdir(from);
  }
});

describe("a kustomization", () => {
  let repository: Repository;
  let overlay: string;
  beforeAll(async () => {
    repository = await open("kustomize");
    overlay = join(repository.folder, "overlays/production");
  });
  const kustomization = (text: string, file = "overlays/test/kustomization.yaml") => put(repository, file, text);
  const read = (options: object = {}) =>
    readKustomization(join(repository.folder, "overlays/test"), undefined, { env, ...options });

  it("is built with its bases, at a revision with those of the revision", async () => {
    const roleRef = async (ref?: string) =>
      (await readKustomization(overlay, ref, { env })).clusters[0]?.bindings.map((one) => one.roleRef.name);
    expect(await roleRef()).toEqual(["cluster-admin"]);
    expect(await roleRef("main")).toEqual(["reporter"]);
  });

  it("takes nothing from the network unless it is asked to, wherever the address stands", async () => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(request.url ?? "");
      response.end(role("fetched"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await kustomization(`resources: [${url}/direct]\n`);
      const file = join(repository.folder, "overlays/test/kustomization.yaml");
      expect(await codeOf(read())).toBe(`EDGE_RBAC_SOURCE_REMOTE ${file} takes ${url}/direct from the network`);
      await kustomization(`resources: [${url}/of-a-base]\n`, "bases/remote/kustomization.yaml");
      await kustomization("resources: [../../bases/remote]\n");
      expect(await codeOf(read())).toMatch(/^EDGE_RBAC_SOURCE_REMOTE .*bases\/remote\/kustomization\.yaml takes /);
      const generator = `apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: g}\nfiles: ["${url}/of-a-generator"]\n`;
      await put(repository, "overlays/test/generator.yaml", generator);
      await kustomization("generators: [generator.yaml]\n");
      expect(await codeOf(read())).toMatch(/^EDGE_RBAC_SOURCE_REMOTE .*of-a-generator/);
      const inline = generator.replaceAll("\n", "\n  ");
      await kustomization(`generators:\n- |-\n  ${inline}`);
      expect(await codeOf(read())).toMatch(/^EDGE_RBAC_SOURCE_REMOTE .*of-a-generator/);
      expect(requests).toEqual([]);

      await kustomization(`resources: [${url}/asked]\n`);
      const [cluster] = (await read({ network: true, env: { ...process.env, ...env } })).clusters;
      expect(cluster?.roles.map((one) => one.name)).toEqual(["fetched"]);
    } finally {
      server.close();
    }
  });

  it.each([
    ["a base in git", "resources: [git@example.com:o/r]\n", /^EDGE_RBAC_SOURCE_REMOTE /],
    ["a base on GitHub", "resources: [github.com/o/r?ref=v1]\n", /^EDGE_RBAC_SOURCE_REMOTE /],
    ["a base with a user", "resources: ['me@git.example.com/o/r']\n", /^EDGE_RBAC_SOURCE_REMOTE /],
    ["charts", "helmCharts: [{name: c, releaseName: c}]\n", /^EDGE_RBAC_TOOL_FAILED .*enable-helm/s],
    ["a file outside of its folder", "resources: [../../../../../../../etc/passwd]\n", /^EDGE_RBAC_TOOL_FAILED /],
    [
      "a program",
      'generators:\n- |-\n  apiVersion: v1\n  kind: P\n  metadata: {name: p, annotations: {config.kubernetes.io/function: "exec: {path: /bin/true}"}}\n',
      /^EDGE_RBAC_TOOL_FAILED /,
    ],
  ])("refuses %s", async (_, text, code) => {
    await kustomization(text);
    expect(await codeOf(read())).toMatch(code);
    await expect(read()).rejects.toMatchObject({ remedy: expect.not.stringContaining("helm") });
  });
});

it("a tool that is not allowed the network has no git, and no way out", async () => {
  const call = (address: string) =>
    runTool({ tool: "kustomize", args: ["build", "--", address], source: "x", instead: "", env });
  expect(await codeOf(call("https://git.example.com/o/r//overlay"))).toMatch(/no 'git' program on path/);
  const { folder } = await open("kustomize");
  const file = join(folder, "overlays/production/kustomization.yaml");
  await writeFile(file, "resources: ['http://site.example.com/role.yaml']\n");
  expect(await codeOf(call(dirname(file)))).toMatch(/proxyconnect tcp: dial tcp 127\.0\.0\.1:1/);
});

it("standard input has a name in reports, and cannot be both sides", async () => {
  const { rbac } = await open("manifests");
  const input = role("r").replace("[]", "[{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]");
  const { stdout } = await rbac(["lint", "manifests:-", "-o", "json"], { input: `${input}${binding}` });
  const report = JSON.parse(stdout);
  expect(report.head).toBe("manifests standard input");
  expect(report.findings[0].instances[0].origin.file).toBe("standard input");
  const both = await rbac(["diff", "--base", "-", "--head", "manifests:-"], { input });
  expect(both).toMatchObject({ code: 1, stderr: expect.stringContaining("is standard input, as the base is") });
});
const binding =
  "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: User, name: u}]\n";
