import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** Where it writes down what it signs. */
export const signatures = temporaryDirectory();
/** Writes down what it signs, unless it is told to refuse. */
export const signing = {
  command: ["sh", "-c", `cd ${signatures} && test ! -e refuse && echo "$1" >> signed`, "sh"],
  verify: ["sh", "-c", `grep -qxF "$1" ${signatures}/signed`, "sh"],
};
/** What was signed, in order. */
export const signed = async () => (await readFile(join(signatures, "signed"), "utf8")).trim().split("\n").sort();
