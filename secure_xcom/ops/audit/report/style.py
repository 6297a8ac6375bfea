"""``STYLE``: the page's style sheet: light and dark, and for paper. Texts have a contrast of 4.5 to 1 at least."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --text: #1b1f24; --page: #fff; --soft: #f3f4f6; --line: #b6bcc4; --link: #0b57d0;
  --muted: #4b5563; --s0: #8e1b1b; --s1: #c2570c; --s2: #b08900; --s3: #4b7399; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ee; --page: #14171b; --soft: #1f242b; --line: #4a525d; --link: #8ab4f8; --muted: #b3bac4;
    --s0: #ff8a80; --s1: #ffb067; --s2: #f2d45c; --s3: #8fb9e0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 74rem; padding: 1rem 1.5rem 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0.5rem 0; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 0.5rem; border-bottom: 1px solid var(--line); }
a { color: var(--link); }
header dl { display: flex; flex-wrap: wrap; gap: 0.25rem 2rem; margin: 0; }
header dl div { display: flex; gap: 0.5rem; }
dt { color: var(--muted); }
dd { margin: 0; }
nav ul { columns: 3 14rem; margin: 1rem 0; padding-left: 1.2rem; }
.table { overflow-x: auto; margin: 0.8rem 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
caption { text-align: left; font-weight: 600; padding: 0.3rem 0; }
th, td { border: 1px solid var(--line); padding: 0.25rem 0.5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
thead th { background: var(--soft); overflow-wrap: normal; }
tbody th { font-weight: 500; }
figure { margin: 0.8rem 0; }
svg { display: block; width: 100%; max-width: 44rem; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--text); }
.s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); }
.s0, .s1, .s2, .s3 { stroke: var(--page); }
.axis { stroke: var(--muted); }
.node { fill: var(--soft); stroke: var(--line); }
.edge { fill: none; stroke: var(--muted); stroke-width: 1.5; }
.refused { stroke: var(--s0); stroke-dasharray: 5 4; }
@media screen and (min-width: 60rem) {
  th, td { min-width: 6em; }
  .figure { display: grid; grid-template-columns: 3fr 2fr; gap: 1.5rem; align-items: start; }
  .figure .table { max-height: 20rem; overflow: auto; }
}
@media print {
  @page { size: A4; margin: 9mm; }
  :root { --text: #000; --page: #fff; --soft: #f3f4f6; --line: #999; --link: #000; --muted: #333; --s0: #8e1b1b;
    --s1: #c2570c; --s2: #b08900; --s3: #4b7399; }
  body { max-width: none; padding: 0; font-size: 7pt; line-height: 1.2; }
  h1 { font-size: 13pt; margin: 0; }
  h2 { font-size: 9.5pt; margin: 4pt 0 1pt; break-after: avoid; }
  p { margin: 2pt 0; }
  nav { display: none; }
  .table { overflow: visible; margin: 2pt 0; }
  table { font-size: 6.1pt; line-height: 1.2; }
  caption { padding: 1pt 0; break-after: avoid; }
  th, td { padding: 0.5pt 2pt; }
  tr, svg { break-inside: avoid; }
  .figure { display: grid; grid-template-columns: 1fr 1fr; gap: 8pt; align-items: start; }
  figure { margin: 2pt 0; }
  svg { max-width: 75mm; }
  .s0, .s1, .s2, .s3 { print-color-adjust: exact; }
}
"""
