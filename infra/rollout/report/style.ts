import { Html } from "./html.ts";

/** The page needs nothing from elsewhere: no script, no font, no image. */
export const style = new Html(`
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --good: #2e7d32; --soft: #8888; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
code, pre { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
dl { display: grid; gap: .2rem 1rem; grid-template-columns: max-content 1fr; } dd { margin: 0; }
.done, .passed, .complete { color: var(--good); } .failed, .halted, .aborted, .rollbackIncomplete { color: var(--bad); }
.soft { color: var(--soft); }
`);
