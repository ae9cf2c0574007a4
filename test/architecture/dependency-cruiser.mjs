// depcruise takes its configuration as JavaScript.
export { rules as default } from "./rules.ts";
