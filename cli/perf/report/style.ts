/**
 * How a report looks: colours for light and dark that can be told apart with any eyes, one column on a phone.
 * @module
 */

const light = {
  plane: "#f9f9f7",
  surface: "#fcfcfb",
  ink: "#0b0b0b",
  second: "#52514e",
  faint: "#787670",
  grid: "#e4e3dc",
  axis: "#c3c2b7",
  good: "#006300",
  bad: "#b3261e",
  series: ["#2a78d6", "#eb6834", "#1baf7a", "#c98500", "#d55181", "#008300", "#4a3aa7", "#e34948"],
};

const dark = {
  plane: "#0d0d0d",
  surface: "#1a1a19",
  ink: "#ffffff",
  second: "#c3c2b7",
  faint: "#98968f",
  grid: "#2c2c2a",
  axis: "#4a4945",
  good: "#0ca30c",
  bad: "#f2827a",
  series: ["#3987e5", "#d95926", "#199e70", "#c98500", "#d55181", "#3aa53a", "#9085e9", "#e66767"],
};

function variables({ series, ...colours }: typeof light): string {
  return [
    ...Object.entries(colours).map(([name, value]) => `--${name}:${value}`),
    ...series.map((value, at) => `--s${at}:${value}`),
  ].join(";");
}

const seriesRules = light.series.map((_, at) =>
  `.line.s${at}{stroke:var(--s${at})}.area.s${at},.dot.s${at}{fill:var(--s${at})}.swatch.s${at}{background:var(--s${at})}`
).join("\n");

export const reportStyle = `
:root{color-scheme:light dark;${variables(light)}}
@media (prefers-color-scheme:dark){:root{${variables(dark)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--plane);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1040px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:16px;margin:0 0 2px}
p{margin:0 0 8px}
.sub{color:var(--second);margin:0 0 14px}
section{background:var(--surface);border:1px solid var(--grid);border-radius:10px;padding:18px 20px;margin:16px 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px;margin:16px 0}
.pair section{margin:0;min-width:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(230px,1fr));gap:16px;margin:20px 0 16px}
.tiles section{margin:0}
.name{display:flex;align-items:center;gap:8px;color:var(--second);overflow-wrap:anywhere}
.big{font-size:34px;line-height:1.2;font-weight:600;letter-spacing:-.02em;margin:2px 0}
.big small{font-size:15px;font-weight:400;color:var(--second);letter-spacing:0}
.facts{color:var(--second);margin:0}
.swatch{display:inline-block;width:12px;height:12px;border-radius:3px;flex:none}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;color:var(--second);margin:0 0 8px}
.legend span{display:inline-flex;align-items:center;gap:7px}
.verdict{border-left:4px solid var(--good)}
.verdict.bad{border-left-color:var(--bad)}
.verdict strong{color:var(--good)}
.verdict.bad strong{color:var(--bad)}
.verdict ul{margin:6px 0 0;padding-left:20px;overflow-wrap:anywhere}
.chart{display:block;width:100%;height:auto;overflow:visible}
.chart text{fill:var(--faint);font:12px system-ui,-apple-system,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}
.chart text.what{fill:var(--second)}
.grid{stroke:var(--grid)}.axis{stroke:var(--axis)}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.faint{stroke-width:1.5;opacity:.5}
.area{opacity:.14}
.reach{fill:transparent}
.dot{opacity:0;pointer-events:none}.dot.only,.point:hover .dot{opacity:1}
${seriesRules}
.small{display:none}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin:8px -20px 0;padding:0 20px}
th,td{text-align:right;padding:6px 0 6px 18px;border-bottom:1px solid var(--grid);white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}
th{color:var(--second);font-weight:500;vertical-align:bottom;white-space:normal}
td .swatch{margin-right:8px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:8px 0 0}
dt{color:var(--second)}dd{margin:0;overflow-wrap:anywhere}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
summary{cursor:pointer;color:var(--second)}
summary h2{display:inline;color:var(--ink)}
footer{color:var(--second);font-size:13px}
@media (max-width:860px){.pair{grid-template-columns:1fr}}
@media (max-width:620px){
main{padding:20px 12px 32px}
section{padding:14px 14px}
.scroll{margin:8px -14px 0;padding:0 14px}
.wide{display:none}.small{display:block}
h1{font-size:22px}
th{white-space:nowrap}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}
}
@media print{:root{${variables(light)}}body{background:#fff}section{break-inside:avoid}}
`;
