import { expect, it } from "vitest";
import { closedVariable } from "./deployment-variables.ts";

const tools = [
  "EDGE_AGE_KEY",
  "EDGE_SITE",
  "PULUMI_CONFIG",
  "KUBECONFIG",
  "KUBE_CONFIG_DATA",
  "PATH",
  "HOME",
  "NPM_AUTH",
];
it.each(tools)("%s is of the tools", (name) =>
  expect(closedVariable(name)).toBe("is a variable of the tools that deploy"),
);

const credentials = [
  ...["AGE_KEY", "AWS_SECRET_KEY", "SSH_KEY", "DEPLOY_KEY", "KEY", "AWS_ACCESS_KEY_ID", "CI_JOB_JWT", "JWT", "BEARER"],
  ...["CREDS", "COOKIE", "SESSION", "DOCKER_AUTH_CONFIG", "SLACK_WEBHOOK", "PGPASS", "DB_PASSWORD", "GITHUB_TOKEN"],
];
it.each(credentials)("%s is a credential", (name) => expect(closedVariable(name)).toBe("is called like a credential"));

it.each(["SITE", "REGISTRY", "TAG", "BYPASS", "AUTHORITY", "KEYBOARD", "MONKEY_COUNT"])("%s may be given", (name) =>
  expect(closedVariable(name)).toBeUndefined(),
);
