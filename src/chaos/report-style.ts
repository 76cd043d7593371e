/** The style of a report: the reader's own light or dark, and print. */
export const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#667080;--line:#d9dee5;--paper:#fff;--card:#f5f7fa;--good:#1a7f4b;--bad:#c62f2f;--warn:#b7791f;--fault:#7c5cff;--shade:#7c5cff18}
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf0;--soft:#93a0b0;--line:#333c48;--paper:#12161b;--card:#1b2129;--good:#3fcf8e;--bad:#ff6b6b;--warn:#f0b429;--fault:#a18cff;--shade:#a18cff20}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1000px;margin:0 auto;padding:32px 20px 64px}
h1{margin:0;font-size:28px}h2{margin:36px 0 8px;font-size:18px}
.verdict{display:inline-block;margin:8px 0;padding:4px 12px;border-radius:6px;color:#fff;background:var(--soft);font-weight:600}
.verdict.passed{background:#1a7f4b}.verdict.failed{background:#c62f2f}.verdict.inconclusive,.verdict.aborted{background:#976411}
.meta{margin:0;color:var(--soft)}
.reasons{color:var(--bad)}
.cards{display:flex;flex-wrap:wrap;gap:10px;margin-top:20px}
.cards div{flex:1 1 110px;padding:12px;border-radius:8px;background:var(--card)}
.cards b{display:block;font-size:20px;font-variant-numeric:tabular-nums}.cards span{color:var(--soft);font-size:13px}
svg{display:block;width:100%;height:auto;margin:6px 0}
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}.label{text-anchor:end}
.grid{stroke:var(--line)}
rect.fault{fill:var(--fault)}rect.down{fill:var(--bad)}rect.probe{fill:var(--warn)}rect.shade{fill:var(--shade)}
.acknowledged{fill:var(--good);background:var(--good)}.refused{fill:var(--warn);background:var(--warn)}.unknown{fill:var(--bad);background:var(--bad)}
circle{opacity:.75}
.legend{margin:0 0 0 18%;color:var(--soft);font-size:13px}.legend i{display:inline-block;width:9px;height:9px;margin:0 5px 0 14px;border-radius:5px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}
th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:anywhere}th{color:var(--soft);font-weight:500}
details{margin-top:36px}pre{overflow:auto;padding:14px;border-radius:8px;background:var(--card);font-size:12px}
`
