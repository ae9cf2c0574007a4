// Puts reports into a pull or merge request, one comment each: `node docs/pipelines/comment.mjs rbac-report/*.md`.
// A comment of an earlier run is found by the marker in its first line and updated in place. Needs Node 20 or newer.
// GitHub: GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, PULL_REQUEST.
// GitLab: CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, GITLAB_TOKEN.
import { readFile } from "node:fs/promises";

const pageSize = 100;
const maxPages = 50;
const timeout = 30_000;
const { env } = process;

const server =
  env.GITHUB_TOKEN === undefined
    ? {
        list: `${env.CI_API_V4_URL}/projects/${env.CI_PROJECT_ID}/merge_requests/${env.CI_MERGE_REQUEST_IID}/notes`,
        one: ({ id }) => `${server.list}/${id}`,
        update: "PUT",
        headers: { "private-token": env.GITLAB_TOKEN ?? "" },
      }
    : {
        list: `${env.GITHUB_API_URL}/repos/${env.GITHUB_REPOSITORY}/issues/${env.PULL_REQUEST}/comments`,
        one: ({ id }) => `${env.GITHUB_API_URL}/repos/${env.GITHUB_REPOSITORY}/issues/comments/${id}`,
        update: "PATCH",
        headers: { authorization: `Bearer ${env.GITHUB_TOKEN}`, accept: "application/vnd.github+json" },
      };

for (const file of process.argv.slice(2)) {
  const body = await readFile(file, "utf8");
  const [marker = ""] = body.split("\n", 1);
  if (!/^<!-- edgectl-(rbac|rollout):/.test(marker)) throw new Error(`${file} is no report of edgectl`);
  const earlier = await find(marker);
  if (earlier === undefined) await call("POST", server.list, { body });
  else await call(server.update, server.one(earlier), { body });
}

async function find(marker) {
  for (let page = 1; page <= maxPages; page += 1) {
    const comments = await call("GET", `${server.list}?per_page=${pageSize}&page=${page}`);
    const found = comments.find(({ body }) => body?.split(/\r?\n/, 1)[0] === marker);
    if (found !== undefined || comments.length < pageSize) return found;
  }
  return undefined;
}

async function call(method, url, content) {
  const response = await fetch(url, {
    method,
    headers: { ...server.headers, "content-type": "application/json" },
    signal: AbortSignal.timeout(timeout),
    ...(content === undefined ? {} : { body: JSON.stringify(content) }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
