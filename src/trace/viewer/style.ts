/** The viewer's style sheet. Colours are variables, so that the canvas draws with the same ones: see draw.ts. */
export const viewerStyle = `
:root {
  --bg: #fbfbfd; --panel: #ffffff; --ink: #1d2129; --soft: #667085; --faint: #d5d9e2; --hover: #eef1f7; --accent: #3457d5;
  --call: #3457d5; --result: #0d8a72; --failure: #c8322b; --cast: #8a4fbf; --open: #a86200; --item: #3f8f2f; --credit: #98a0b0; --cancel: #b3576b;
  --end: #98a0b0; --close: #a86200; --alive: #c3c9d5; --life: #23903c; --good: #23903c; --bad: #d92d20; --fault: #dc6803; --note: #667085; --past: #3457d5; --future: #c05a00;
  --band: #fdecea; --match: #ffe58a; --mark: #f2c200;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #12151b; --panel: #191d25; --ink: #e6e9f0; --soft: #98a2b3; --faint: #313845; --hover: #252b36; --accent: #8ea8ff;
    --call: #8ea8ff; --result: #46c7ab; --failure: #ff7a70; --cast: #c49bf0; --open: #e9a94b; --item: #8fce78; --credit: #5d6779; --cancel: #e38ba0;
    --end: #6b7588; --close: #e9a94b; --alive: #3d4656; --life: #57c46d; --good: #57c46d; --bad: #ff6259; --fault: #ff9f43; --note: #98a2b3; --past: #8ea8ff; --future: #ffb066;
    --band: #3a1d1f; --match: #453a12; --mark: #f2c200;
  }
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--bg); color: var(--ink); font: 13px/1.45 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; padding: 8px 14px; background: var(--panel); border-bottom: 1px solid var(--faint); }
h1 { font-size: 14px; font-weight: 650; margin: 0 6px 0 0; }
button, .button, select, input { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--faint); border-radius: 6px; padding: 3px 9px; }
button, .button, select { cursor: pointer; }
button:hover, .button:hover { background: var(--hover); }
button:disabled { opacity: .45; cursor: default; }
button[aria-pressed="true"] { background: var(--accent); border-color: var(--accent); color: var(--bg); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.button input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.button:focus-within { outline: 2px solid var(--accent); }
.group, .search { display: inline-flex; gap: 4px; align-items: center; }
#search { width: 210px; }
#found { min-width: 66px; color: var(--soft); font-variant-numeric: tabular-nums; text-align: right; }
#banner { padding: 8px 14px; border-bottom: 1px solid var(--faint); background: var(--match); }
#banner button { margin-left: 8px; }
#banner pre { margin: 2px 0 0; font: 12px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; }
main { flex: 1; min-height: 0; display: flex; }
#stage { flex: 1; min-width: 0; position: relative; }
#diagram { position: absolute; inset: 0 84px 0 0; width: calc(100% - 84px); height: 100%; outline-offset: -2px; cursor: default; }
#map { position: absolute; inset: 0 0 0 auto; width: 84px; height: 100%; border-left: 1px solid var(--faint); cursor: pointer; }
#tip { position: absolute; pointer-events: none; max-width: 420px; padding: 5px 9px; background: var(--panel); border: 1px solid var(--faint); border-radius: 6px; box-shadow: 0 3px 12px #0003; font-size: 12px; overflow-wrap: anywhere; }
aside { width: 330px; overflow: auto; border-left: 1px solid var(--faint); background: var(--panel); padding: 0 14px 14px; }
aside > details { border-top: 1px solid var(--faint); padding: 8px 0; }
aside summary { cursor: pointer; font-weight: 600; margin-bottom: 6px; }
aside summary button { padding: 0 7px; font-size: 11px; font-weight: 400; }
aside select, aside details > input { width: 100%; }
#details { padding: 10px 0; min-height: 200px; }
#details h2 { font-size: 14px; margin: 0 0 2px; overflow-wrap: anywhere; }
#details p { margin: 2px 0 8px; color: var(--soft); overflow-wrap: anywhere; }
#details dl { display: grid; grid-template-columns: 76px 1fr; gap: 3px 8px; margin: 8px 0; }
#details dt { color: var(--soft); }
#details dd { margin: 0; overflow-wrap: anywhere; }
#details .actions { display: flex; flex-wrap: wrap; gap: 5px; }
#details .clock { display: grid; grid-template-columns: 1fr auto; gap: 0 10px; font-size: 12px; font-variant-numeric: tabular-nums; max-height: 170px; overflow: auto; border: 1px solid var(--faint); border-radius: 6px; padding: 5px 9px; }
#details .clock b { font-weight: 650; color: var(--accent); }
.chips { display: flex; flex-wrap: wrap; gap: 5px; }
.chips button { padding: 1px 8px; border-radius: 11px; font-size: 12px; }
.chips button::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 5px; background: var(--dot); }
.chips button[aria-pressed="true"] { background: var(--hover); color: var(--ink); border-color: var(--soft); }
.chips button[aria-pressed="false"] { opacity: .5; text-decoration: line-through; }
#actors label { display: flex; gap: 6px; align-items: baseline; }
#actors span { margin-left: auto; color: var(--soft); font-variant-numeric: tabular-nums; }
#actors input { margin: 0; }
footer { padding: 3px 14px; border-top: 1px solid var(--faint); background: var(--panel); color: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
dialog { border: 1px solid var(--faint); border-radius: 10px; background: var(--panel); color: var(--ink); }
dialog::backdrop { background: #0006; }
dialog h2 { margin-top: 0; font-size: 15px; }
dialog td { padding: 3px 12px 3px 0; }
kbd { border: 1px solid var(--faint); border-bottom-width: 2px; border-radius: 4px; padding: 0 5px; font: 12px ui-monospace, "DejaVu Sans Mono", monospace; }
[hidden] { display: none !important; }
@media (max-width: 760px) { aside { display: none; } }
`
