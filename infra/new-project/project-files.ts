import type { Images } from "#contract";

/** Kinds of pipelines that show RBAC diffs in pull or merge requests. */
export type Pipeline = "github" | "gitlab";

export interface NewProject {
  /** Pulumi's name of the project. */
  readonly name: string;
  /** Name of its first stack. */
  readonly stack: string;
  /** Of pulumi-iotedge. */
  readonly version: string;
  /** References of the runtime's images. Without them the release's count, or examples where this is no release. */
  readonly images: Images | "released" | "examples";
  readonly pipeline: Pipeline | undefined;
}

/** The files of a new project but for package.json, by their path in it. */
export function projectFiles(project: NewProject): ReadonlyMap<string, string> {
  const { name, stack, pipeline } = project;
  return new Map([
    ["Pulumi.yaml", pulumiYaml(name)],
    ["index.ts", program],
    [`stacks/Pulumi.${stack}.yaml`, stackYaml(project)],
    ["deployment.json", `${JSON.stringify(manifest, undefined, 2)}\n`],
    [".gitignore", gitignore],
    ...(pipeline === undefined ? [] : [pipelineFiles[pipeline](stack)]),
  ]);
}

const pulumiYaml = (name: string) => `name: ${name}
description: IoT Edge installations in namespaces of a Kubernetes cluster
main: index.ts
stackConfigDir: stacks
runtime:
  name: nodejs
  options:
    typescript: false # Node strips the types itself
config:
  # No object may end up in a cluster that the program did not choose.
  pulumi:disable-default-providers:
    value:
      - kubernetes
`;

const program = `import { stackProgram } from "pulumi-iotedge";

/** Declares what \`stacks/Pulumi.<stack>.yaml\` asks for. An EdgeInstallation in a program of your own does as well. */
export default stackProgram(import.meta.dirname);
`;

function stackYaml({ images, version }: NewProject): string {
  return `# Every key with its default: node_modules/pulumi-iotedge/stacks/Pulumi.example.yaml
config:
  # The context of the kubeconfig to deploy to. Without it edgectl needs --context, and \`pulumi up\` takes the current one.
  # iotedge:kubernetes:
  #   context: factory-3
${imagesYaml(images, version)}
  iotedge:installations:
    - namespace: line-1
      createNamespace: true
      deploymentFile: deployment.json
`;
}

function imagesYaml(images: NewProject["images"], version: string): string {
  if (images === "released") return "  # The runtime's images are those of this release of pulumi-iotedge.";
  if (images !== "examples") return `  iotedge:images: ${JSON.stringify(images)}`;
  const reference = (image: string) => `registry.example.com/iotedge/${image}:${version}`;
  return `  # Examples: put those in their place that \`edgectl images push\` wrote in a checkout of pulumi-iotedge.
  iotedge:images:
    iotedged: ${reference("iotedged")}
    edgeAgent: ${reference("edge-agent")}
    proxy: ${reference("proxy")}`;
}

/** A web server that runs as any user, so that there is something to see. */
const manifest = {
  modulesContent: {
    $edgeAgent: {
      "properties.desired": {
        schemaVersion: "1.1",
        runtime: { type: "docker", settings: {} },
        systemModules: {},
        modules: {
          web: {
            type: "docker",
            status: "running",
            restartPolicy: "always",
            settings: {
              image: "docker.io/nginxinc/nginx-unprivileged:1.29-alpine",
              createOptions: { ExposedPorts: { "8080/tcp": {} }, HostConfig: { Memory: 67_108_864 } },
            },
          },
        },
      },
    },
  },
};

/** Keys are in `.edge/state`; those of clusters and certificates are where `rollout receive` is documented to find them. */
const gitignore = `node_modules/
.edge/
keys/
*.key
rbac-report/
`;

const scripts = "node_modules/pulumi-iotedge/pipelines";
const pipelineFiles: Readonly<Record<Pipeline, (stack: string) => readonly [file: string, text: string]>> = {
  github: (stack) => [
    ".github/workflows/rbac.yml",
    `# Who gains which permission, as one comment in the pull request.
# \`pull_request\`, never \`pull_request_target\`: rendering runs the code of the pull request.
name: RBAC
on: pull_request
permissions:
  contents: read
  pull-requests: write
jobs:
  diff:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
        with:
          fetch-depth: 0
      - uses: actions/setup-node@v5
        with:
          node-version: 24
      - run: npm ci
      - name: Compare
        env:
          BASE: \${{ github.event.pull_request.base.sha }}
          EDGECTL: npx edgectl
        run: bash ${scripts}/rbac-diff.sh "$BASE" ${stack}
      - name: Comment
        # A pull request from a fork has a token that may only read.
        if: always() && github.event.pull_request.head.repo.full_name == github.repository
        env:
          GITHUB_TOKEN: \${{ github.token }}
          PULL_REQUEST: \${{ github.event.pull_request.number }}
        run: node ${scripts}/comment.mjs rbac-report/*.md
`,
  ],
  gitlab: (stack) => [
    ".gitlab-ci.yml",
    `# Who gains which permission, as one comment in the merge request.
# GITLAB_TOKEN is a project access token with the scope \`api\`, as a masked variable.
rbac:
  image: node:24
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: "0"
    EDGECTL: npx edgectl
  script:
    - npm ci
    - bash ${scripts}/rbac-diff.sh "$CI_MERGE_REQUEST_DIFF_BASE_SHA" ${stack}
  after_script:
    - node ${scripts}/comment.mjs rbac-report/*.md
  artifacts:
    when: always
    paths:
      - rbac-report
`,
  ],
};
