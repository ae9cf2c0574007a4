/**
 * Colours, type and tables of all pages, light and dark. Each pair of a text and its ground has a contrast of 4.5 to 1 or
 * more, and no state is told by its colour alone. Nothing is wider than the page: what is, scrolls in a `.wide` of its own.
 */
export const look = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f6f8fa; --line: #d1d9e0; --text: #1f2328; --soft: #59636e; --link: #0758b8;
  --good: #1a7f37; --bad: #c21c28; --warn: #855800; --busy: #0758b8;
  --good-fill: #2da44e; --bad-fill: #cf222e; --warn-fill: #bf8700; --busy-fill: #0969da; --soft-fill: #afb8c1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --raised: #161b22; --line: #3d444d; --text: #e6edf3; --soft: #9da7b1; --link: #79b8ff;
    --good: #4ac26b; --bad: #ff7b72; --warn: #e3b341; --busy: #79b8ff;
    --good-fill: #2ea043; --bad-fill: #f85149; --warn-fill: #bb8009; --busy-fill: #1f6feb; --soft-fill: #656c76;
  }
}
* { box-sizing: border-box; }
body { background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; }
h1 { font-size: 1.4rem; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; overflow-wrap: anywhere; }
p, dd, dt, li, summary { overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre { font: 13px/1.4 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
pre { margin: 0; }
.wide { border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
td code { overflow-wrap: break-word; }
tr:last-child > td { border-bottom: 0; }
th { background: var(--raised); color: var(--soft); font-weight: 600; }
dl { display: grid; gap: .2rem 1rem; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); margin: .5rem 0; }
dt { color: var(--soft); } dd { margin: 0; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .busy { color: var(--busy); }
.soft { color: var(--soft); }
.box { background: var(--raised); border: 1px solid var(--line); border-left: 4px solid var(--soft-fill); border-radius: 6px; margin: .75rem 0; padding: .5rem .8rem; }
.box.bad { border-left-color: var(--bad-fill); color: inherit; } .box.warn { border-left-color: var(--warn-fill); color: inherit; }
.box p { margin: .2rem 0; }
@media (max-width: 40rem) {
  dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: .4rem; }
  table.cards thead { display: none; }
  table.cards tr { border-bottom: 1px solid var(--line); display: block; padding: .4rem 0; }
  table.cards tr:last-child { border-bottom: 0; }
  table.cards td { border: 0; display: grid; gap: .6rem; grid-template-columns: 6.5rem minmax(0, 1fr); padding: .1rem .6rem; }
  table.cards td, table.cards td code { overflow-wrap: anywhere; }
  table.cards td > * { min-width: 0; overflow-wrap: anywhere; }
  table.cards td::before { color: var(--soft); content: attr(data-label); }
}
`;
