import { fileURLToPath } from "node:url";
import { stackProgram } from "./library.ts";

/** This project's Pulumi program. It does nothing when imported. */
export default stackProgram(fileURLToPath(new URL("..", import.meta.url)));
