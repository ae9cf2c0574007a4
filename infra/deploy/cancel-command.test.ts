import { expect, it } from "vitest";
import { cancelCommand } from "./cancel-command.ts";

const args = ["up", "--yes", "--stack", "berlin", "--cwd", "/my plant", "--non-interactive"];

it("names stack, project, and the backend that edgectl brings along", () => {
  expect(cancelCommand(args, { PULUMI_BACKEND_URL: "file:///my plant/.edge" }, {})).toBe(
    "PULUMI_BACKEND_URL='file:///my plant/.edge' pulumi cancel --stack berlin --cwd '/my plant'",
  );
});

it("does not show a backend that its reader has set", () => {
  const own = { PULUMI_BACKEND_URL: "postgres://ann:secret@db/p" };
  expect(cancelCommand(args, own, own)).toBe("pulumi cancel --stack berlin --cwd '/my plant'");
});
