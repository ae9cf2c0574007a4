import { timelineLook } from "../../rollout/index.ts";
import { look } from "../../web-page/index.ts";

/** The console's own, after what all pages have. */
export const consoleLook = `${look}${timelineLook}
.skip { left: -100vw; position: absolute; } .skip:focus { left: 1rem; }
header { align-items: baseline; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: .25rem 2rem; padding-bottom: .5rem; }
.brand { margin: 0; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: 0; padding: 0; }
nav a { display: inline-block; padding: .25rem 0; }
nav a[aria-current] { border-bottom: 2px solid var(--link); color: var(--text); font-weight: 600; text-decoration: none; }
#connection { font-size: .85rem; margin: 0; }
#log { background: var(--raised); max-height: 70vh; min-height: 8rem; overflow-y: auto; padding: .6rem; }
.picture { display: block; min-width: 56rem; width: 100%; }
`;
