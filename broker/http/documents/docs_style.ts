/**
 * How the page at /docs looks, in light and dark, on a wide window and on a phone.
 * @module
 */
export const docsStyle = `
:root {
  --ink: #1c2128; --quiet: #5b6570; --paper: #fff; --raised: #f5f6f8; --line: #dfe3e8; --accent: #0b62c4;
  --get: #0b62c4; --post: #1a7f37; --put: #9a5b00; --delete: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e7eb; --quiet: #9aa4af; --paper: #14171b; --raised: #1d2126; --line: #30363d; --accent: #6cb0ff;
    --get: #6cb0ff; --post: #56d364; --put: #e3b341; --delete: #ff7b72;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; display: grid; grid-template-columns: 22rem minmax(0, 1fr);
  color: var(--ink); background: var(--paper); font: 15px/1.55 system-ui, sans-serif;
}
a { color: var(--accent); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1rem 1.25rem;
  border-right: 1px solid var(--line); background: var(--raised); font-size: 13px;
}
nav h1 { margin: 0 0 .75rem; font-size: 1.25rem; }
nav h1 a { color: inherit; }
nav summary { margin-top: .6rem; font-weight: 600; cursor: pointer; }
nav ul { margin: .2rem 0 0; padding: 0; list-style: none; }
nav li a { display: block; padding: .1rem 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: inherit; }
main { max-width: 62rem; padding: 1rem 2.5rem 40vh; }
small { color: var(--quiet); font-weight: 400; }
h2 { margin: 3rem 0 0; padding-bottom: .3rem; border-bottom: 2px solid var(--line); }
h3 { margin: 0; font-size: 1.05rem; }
h3 a { color: inherit; }
h4 { margin: 1rem 0 .2rem; font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--quiet); }
article { padding: 1.4rem 0; border-bottom: 1px solid var(--line); }
article:target { box-shadow: -1rem 0 0 var(--paper), -1.2rem 0 0 var(--accent); }
p { margin: .35rem 0; }
code, pre, .type { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
h3 code { font-size: 1rem; overflow-wrap: anywhere; }
pre { margin: .35rem 0; padding: .6rem .8rem; overflow-x: auto; border-radius: 6px; background: var(--raised); }
pre.try { border-left: 3px solid var(--accent); white-space: pre-wrap; overflow-wrap: anywhere; }
pre.example { color: var(--quiet); }
table { width: 100%; margin-top: .5rem; border-collapse: collapse; font-size: 14px; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
th { font-weight: 400; white-space: nowrap; }
td.type { color: var(--quiet); overflow-wrap: anywhere; }
dl { margin: 0; display: grid; grid-template-columns: 3rem minmax(0, 1fr); }
dt { font-weight: 600; }
dd { margin: 0; }
.types { color: var(--quiet); }
b { display: inline-block; min-width: 4.4em; font-size: .85em; color: var(--get); }
b.post { color: var(--post); }
b.put, b.patch { color: var(--put); }
b.delete { color: var(--delete); }
@media (max-width: 60rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1rem 1.25rem 20vh; }
  th { white-space: normal; }
  td.type { display: none; }
}
`;
