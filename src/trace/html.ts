/**
 * One HTML file with a run and the viewer in it: no network, nothing beside it. The viewer's program is in viewer/; what
 * is here is the page around it. `script` is that program as one text (drivers/viewer-script.ts makes it).
 */
import type { TraceFile } from './event.js'
import { packTrace } from './pack.js'
import { viewerStyle } from './viewer/style.js'

export interface HtmlOptions {
  /** The viewer's program. */
  readonly script: string
  /** A second run, to be compared with the first. */
  readonly other?: TraceFile
}

/** The page. */
export function formatHtml(file: TraceFile, { script, other }: HtmlOptions): string {
  const runs = [file, ...(other ? [other] : [])].map(packTrace)
  const { source, seed, name } = file.header
  const title = source === 'simulation' ? `Simulated run, seed ${seed ?? ''}` : `Cluster ${name ?? ''}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Troupe</title>
<link rel="icon" href="data:,">
<style>${viewerStyle}</style>
</head>
<body>
${markup(title)}
<script type="application/json" id="runs">${JSON.stringify(runs).replaceAll('<', '\\u003c')}</script>
<script type="module">${script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function markup(title: string): string {
  return `<header>
  <h1>${escaped(title)}</h1>
  <span class="search">
    <input id="search" type="search" placeholder="Search ( / )" aria-label="Search events" autocomplete="off" spellcheck="false">
    <output id="found" for="search"></output>
    <button id="search-previous" title="Previous match (N)" aria-label="Previous match">↑</button><button id="search-next" title="Next match (n)" aria-label="Next match">↓</button>
  </span>
  <span class="group">
    <button id="violation" title="Jump to the first violation (v)">First violation</button>
    <button id="crash" title="Jump to the next fault or crash (c)">Next crash</button>
  </span>
  <span class="group">
    <button id="axis" title="Space events evenly, or by time (t)" aria-pressed="false">Time scale</button>
    <button id="zoom-out" title="Zoom out (-)" aria-label="Zoom out">−</button><button id="zoom-in" title="Zoom in (+)" aria-label="Zoom in">+</button><button id="fit" title="Whole run (0)">Fit</button>
  </span>
  <span class="group">
    <label class="button" title="Compare with the trace of a second run (NDJSON)">Compare…<input id="other" type="file" accept=".ndjson,.json,.jsonl,.txt"></label>
    <button id="swap" title="Show the other run (x)" hidden>Run A</button>
    <button id="help" title="Keys (?)" aria-label="Keys">?</button>
  </span>
</header>
<div id="banner" role="status" hidden></div>
<main>
  <div id="stage">
    <canvas id="diagram" tabindex="0" aria-label="Space-time diagram. Arrow keys walk along events; details are in the panel."></canvas>
    <canvas id="map" aria-hidden="true"></canvas>
    <div id="tip" hidden></div>
  </div>
  <aside>
    <section id="details" aria-live="polite"></section>
    <details open><summary>Message types</summary><div id="types" class="chips"></div></details>
    <details><summary>Method</summary><select id="method" aria-label="Method"></select></details>
    <details open><summary>Follow an object</summary><input id="object" list="objects" placeholder="pods/default/…" aria-label="Object" autocomplete="off" spellcheck="false"><datalist id="objects"></datalist></details>
    <details open><summary>Actors <button id="all-actors">all</button> <button id="no-actors">none</button></summary><div id="actors"></div></details>
  </aside>
</main>
<footer id="status"></footer>
<dialog id="keys"><h2>Keys</h2><table>
<tr><td><kbd>↓</kbd> <kbd>↑</kbd></td><td>next, previous event of the same actor</td></tr>
<tr><td><kbd>Shift</kbd>+<kbd>↓</kbd> <kbd>↑</kbd></td><td>next, previous event of any actor</td></tr>
<tr><td><kbd>←</kbd> <kbd>→</kbd></td><td>to where the message came from, to where it went</td></tr>
<tr><td><kbd>r</kbd> <kbd>o</kbd></td><td>follow the event's request, its object</td></tr>
<tr><td><kbd>Esc</kbd></td><td>follow nothing, then select nothing</td></tr>
<tr><td><kbd>/</kbd> <kbd>n</kbd> <kbd>N</kbd></td><td>search, next and previous match</td></tr>
<tr><td><kbd>v</kbd> <kbd>c</kbd></td><td>first violation; next fault or crash</td></tr>
<tr><td><kbd>t</kbd> <kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd></td><td>time scale; zoom; whole run</td></tr>
<tr><td><kbd>PgUp</kbd> <kbd>PgDn</kbd> <kbd>Home</kbd> <kbd>End</kbd></td><td>scroll</td></tr>
<tr><td><kbd>x</kbd> <kbd>d</kbd></td><td>the other run; where the two part</td></tr>
<tr><td>wheel · <kbd>Ctrl</kbd>+wheel · <kbd>Shift</kbd>+wheel</td><td>scroll · zoom · sideways</td></tr>
</table><form method="dialog"><button>Close</button></form></dialog>`
}
