import { expect, it } from "vitest";
import type { OpenStream } from "../kubernetes/index.ts";
import { type Finding, findingOf } from "./findings/finding.ts";
import { hintsFor } from "./hints.ts";
import type { InstallationState } from "./installation-state.ts";
import { withLastLines } from "./last-log-line.ts";

const hints = hintsFor({ kind: "local", context: "edge-local" }, "local");
const log = { pod: "m-1", container: "m", previous: true };
const ended = (more: object = { log }): Finding =>
  findingOf(
    "program-exits",
    { namespace: "n", component: "m", message: "ends", evidence: "", seen: { subject: "m", occurrence: "m", ...more } },
    hints,
  );
const state = (finding: Finding): InstallationState => ({
  namespace: "n",
  name: "n",
  ready: false,
  components: [],
  findings: [finding],
});

async function messageWith(text: string, status = 200, finding = ended()) {
  const asked: string[] = [];
  const open: OpenStream = async ({ path, query }) => {
    asked.push(`${path}?${new URLSearchParams(query as Record<string, string>)}`);
    return {
      status,
      read: (async function* () {
        yield Buffer.from(text);
      })(),
    };
  };
  const [found] = await withLastLines(open, [state(finding)], new AbortController().signal);
  return { message: found?.findings[0]?.message, asked };
}

it("says the last line of the run that has ended, and asks for no more than it needs", async () => {
  const { message, asked } = await messageWith("begins\ncannot open /dev/ttyUSB0\n\n");
  expect(message).toBe("ends; its last line: cannot open /dev/ttyUSB0");
  expect(asked).toEqual(["/api/v1/namespaces/n/pods/m-1/log?container=m&previous=true&tailLines=5&limitBytes=8192"]);
});

it("looks at the present run as well, where the one before has left nothing", async () => {
  const { asked } = await messageWith("");
  expect(asked.map((one) => /previous=(\w+)/.exec(one)?.[1])).toEqual(["true", "false"]);
});

it("leaves out what is secret, and cuts what is long", async () => {
  const { message } = await messageWith("login with password=hunter2hunter2 failed");
  expect(message).not.toContain("hunter2");
  expect((await messageWith(`begin ${"word ".repeat(500)}`)).message?.length).toBeLessThan(400);
});

it("does without where nothing was logged, the log may not be read, or there is none", async () => {
  expect((await messageWith("\n")).message).toBe("ends");
  expect((await messageWith("unable to retrieve container logs for containerd://0123")).message).toBe("ends");
  expect((await messageWith('{"message": "forbidden"}', 403)).message).toBe("ends");
  expect(await messageWith("x", 200, ended({}))).toEqual({ message: "ends", asked: [] });
});
