"""The look of the report: the console's tokens for light and dark, usable at 390 px, nothing fetched from anywhere."""

from typing import Final

STYLE: Final = """
:root{--background:#f6f7f8;--panel:#fff;--text:#14202b;--muted:#55636f;--line:#d9dfe4;--accent:#0f766e;--limit:#c2261d;
--paused:#a04a03;--good:#0f766e;--bad:#b91c1c;
--series-1:#0072b2;--series-2:#0f766e;--series-3:#b07aa1;--series-4:#8a5a00;--series-5:#56b4e9;--series-6:#6d28d9}
@media (prefers-color-scheme:dark){:root{--background:#0e1419;--panel:#161e26;--text:#e6edf3;--muted:#9fb0bf;
--line:#2b3742;--accent:#2dd4bf;--limit:#ff8a80;--paused:#fbbf24;--good:#2dd4bf;--bad:#ff8a80;
--series-1:#56b4e9;--series-2:#2dd4bf;--series-3:#d7a6cb;--series-4:#e0b050;--series-5:#9fc9ff;--series-6:#c4a5ff}}
*{box-sizing:border-box}
html{color-scheme:light dark}
body{margin:0;background:var(--background);color:var(--text);font:16px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{max-width:1120px;margin:0 auto;padding:16px}
.note,figcaption,.how{color:var(--muted)}
h1{font-size:1rem;margin:0;color:var(--muted);font-weight:600}
h2{font-size:1.2rem;margin:0 0 8px}
h3{font-size:1rem;margin:24px 0 8px}
section,.verdict{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:16px;margin:16px 0}
.verdict{border-left:6px solid var(--accent)}
.verdict.unsafe{border-left-color:var(--bad)}
.verdict>p:first-of-type{font-size:1.45rem;line-height:1.3;font-weight:600;margin:4px 0 12px}
ul{margin:8px 0;padding-left:20px}
li{margin:4px 0;overflow-wrap:anywhere}
.box{overflow-x:auto;max-width:100%}
.box:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:8px 12px 8px 0;border-bottom:1px solid var(--line);vertical-align:top}
tbody th{font-weight:600}
tbody th{position:sticky;left:0;background:var(--panel)}
td.n,th.n{text-align:right;white-space:nowrap}
thead th{vertical-align:bottom}
thead th.n{white-space:normal}
.wide{min-width:760px}
.six td{min-width:190px}
.six th{min-width:130px}
.says,.how{display:block;font-size:.8rem;font-weight:400}
.says{color:var(--muted);margin-bottom:4px}
.line{display:block;padding-left:.8em;text-indent:-.8em;margin:3px 0}
.line::before{content:"·";display:inline-block;width:.8em;text-indent:0;color:var(--muted)}
.chosen{color:var(--accent);font-weight:600}
.good{color:var(--good)}.bad{color:var(--bad)}
figure{margin:16px 0 24px}
figure svg{display:block;width:100%;height:auto;min-width:640px}
figcaption{font-size:.85rem;margin-top:4px}
code{font:.85rem ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;margin:8px 0}
dl{display:grid;grid-template-columns:minmax(120px,220px) 1fr;gap:4px 16px;margin:8px 0}
dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:640px){main{padding:8px}section,.verdict{padding:12px}dl{grid-template-columns:1fr}dd{margin-bottom:8px}
.verdict>p:first-of-type{font-size:1.2rem}
.box:has(svg)::after,.box:has(table:not(.six))::after{content:"swipe sideways for more";position:sticky;left:0;font-size:.75rem;color:var(--muted)}
.six thead{display:none}.six,.six tbody,.six tr,.six th,.six td{display:block;min-width:0}
.six th,.six tr>td:not(:last-child){border-bottom:0}.six td{padding:0 0 8px}
.six td::before{content:attr(data-of);display:block;font-weight:600}}
@media print{body{background:#fff}section,.verdict{break-inside:avoid}}
""".strip()
