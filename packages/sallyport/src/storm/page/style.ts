/** The style sheet of the page. Colours after Okabe and Ito, which people who confuse red and green tell apart. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2127; --soft: #5a6470; --paper: #fff; --card: #f5f7f9; --grid: #d9dee4; --bar: #0072b2;
  --s0: #007a5a; --s1: #0072b2; --s2: #c24e00; --s3: #a3457c; --warn: #8a4b00; --warn-paper: #fff4e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebef; --soft: #a4afba; --paper: #14181c; --card: #1d2329; --grid: #37414a;
  --bar: #56b4e9; --s0: #2fc99b; --s1: #56b4e9; --s2: #f0a35e; --s3: #e29bc5; --warn: #ffcf87; --warn-paper: #33270f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 960px; padding: 24px 20px 48px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 36px 0 8px; }
p { margin: 0 0 10px; max-width: 72ch; }
.soft { color: var(--soft); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 10px; margin: 20px 0 8px; padding: 0; }
.facts div { background: var(--card); border-radius: 8px; padding: 10px 12px; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; font-size: 22px; font-variant-numeric: tabular-nums; }
.warnings { background: var(--warn-paper); color: var(--warn); border-radius: 8px; padding: 10px 14px 10px 32px; margin: 16px 0; }
figure { margin: 12px 0 0; }
svg { display: block; max-width: 100%; height: auto; }
figure > svg { width: 100%; }
svg text { fill: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.grid { stroke: var(--grid); stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); stroke-dasharray: 7 4; } .s2 { stroke: var(--s2); stroke-dasharray: 2 4; }
.s3 { stroke: var(--s3); stroke-dasharray: 10 3 2 3; }
.bar { fill: var(--bar); }
.range { stroke: var(--bar); stroke-width: 4; opacity: 0.45; }
.median { fill: var(--bar); } .ring { fill: var(--paper); stroke: var(--bar); stroke-width: 2; } .end { stroke: var(--bar); stroke-width: 2.5; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none; margin: 4px 0 0; padding: 0; color: var(--soft); font-size: 13px; }
.legend li { display: flex; align-items: center; gap: 6px; }
details { margin-top: 8px; }
summary { cursor: pointer; color: var(--soft); font-size: 13px; }
.scroll { overflow-x: auto; margin-top: 8px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap; }
caption { text-align: left; color: var(--soft); padding-bottom: 4px; }
th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--grid); font-weight: 400; }
thead th { color: var(--soft); vertical-align: bottom; }
th:first-child { text-align: left; }
`;
