import { expect, it } from "vitest";
import { movesCursor, showsColour, showsUnicode } from "./abilities.ts";

const terminal = { isTTY: true };

it.each([
  ["a terminal", terminal, { TERM: "xterm", LANG: "C.UTF-8" }, [true, true, true]],
  ["a dumb one", terminal, { TERM: "dumb", LANG: "C.UTF-8" }, [false, false, false]],
  ["one without colours", terminal, { TERM: "xterm", NO_COLOR: "1" }, [true, false, true]],
  ["one where NO_COLOR is empty", terminal, { NO_COLOR: "" }, [true, true, true]],
  ["one of another encoding", terminal, { LC_ALL: "C", LANG: "de_DE.UTF-8" }, [true, true, false]],
  ["a file", {}, {}, [false, false, true]],
])("%s moves its cursor, shows colours, shows Unicode as it can", (_, stream, env, expected) => {
  expect([movesCursor(stream, env), showsColour(stream, env), showsUnicode(env)]).toEqual(expected);
});
