/** One style for all pages; inlined, so that a page is one request and the counts stay easy to read. */
export const style = `
:root { --ink: #1c2733; --soft: #5d6b7a; --line: #dde3ea; --paper: #fff; --ground: #f4f6f9; --accent: #2457c5; --accent-ink: #fff; --tint: #eef3fd; --bad: #b3261e; --bad-tint: #fdeeed; --good: #14713f }
[data-theme=dark] { --ink: #e6ebf1; --soft: #9aa8b8; --line: #2f3a48; --paper: #1b2430; --ground: #121922; --accent: #7ea6ff; --accent-ink: #0d1420; --tint: #223149; --bad: #ff9d95; --bad-tint: #3a2222; --good: #7bd8a4 }
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
.top { display: flex; align-items: center; justify-content: space-between; height: 56px; padding: 0 32px; background: var(--paper); border-bottom: 1px solid var(--line) }
.brand { display: flex; align-items: center; gap: 10px; font-weight: 650; color: var(--ink); text-decoration: none }
.brand i { width: 18px; height: 18px; border-radius: 5px; background: linear-gradient(135deg, #2457c5, #5fa8ff) }
.account { display: flex; align-items: center; gap: 12px; color: var(--soft) }
main.wide { max-width: 1120px; margin: 0 auto; padding: 28px 32px 64px }
.bare { background: var(--paper) }
.bare main { padding: 18px 20px }
.bare h1 { font-size: 17px }
main.narrow { width: 380px; margin: 72px auto; padding: 28px 32px 32px }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; box-shadow: 0 1px 3px rgb(20 40 80 / 6%) }
section.card { padding: 20px 24px; margin: 0 0 20px }
h1 { font-size: 24px; line-height: 1.25; letter-spacing: -.01em; margin: 0 0 6px }
h2 { font-size: 16px; margin: 0 0 12px }
p { margin: 0 0 12px }
.lead, .hint { color: var(--soft) }
.lead { margin-bottom: 20px }
a { color: var(--accent) }
label, legend { display: block; font-weight: 550; margin: 14px 0 5px; padding: 0 }
label.inline { display: inline-flex; align-items: center; gap: 8px; font-weight: 400; margin: 4px 16px 4px 0 }
fieldset { border: 0; margin: 14px 0 0; padding: 0 }
fieldset legend { margin-top: 0 }
input, select, textarea, [contenteditable] { width: 100%; padding: 8px 11px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); color: inherit; font: inherit }
input:is([type=checkbox], [type=radio], [type=color], [type=range]) { width: auto; padding: 0; accent-color: var(--accent) }
input[type=color] { display: block; width: 64px; height: 38px; padding: 3px }
:is(input, select, textarea, button, [contenteditable]):focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
:is(input, textarea):is(:disabled, :read-only):not([type=file]) { background: var(--ground); color: var(--soft) }
button, .button { display: inline-block; padding: 8px 16px; border: 1px solid var(--accent); border-radius: 8px; background: var(--accent); color: var(--accent-ink); font: inherit; font-weight: 550; text-decoration: none; cursor: pointer }
button:disabled { opacity: .5; cursor: default }
.account button { padding: 4px 12px; font-size: 14px }
.quiet { background: transparent; color: var(--ink); border-color: var(--line) }
.narrow form button { width: 100%; margin-top: 20px }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 12px }
.apart { justify-content: space-between; margin: 0 0 16px }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 0 24px }
.boxes { display: flex; gap: 8px }
.boxes input { text-align: center; font-size: 20px; padding: 10px 0 }
[role=alert] { margin: 12px 0; padding: 10px 14px; border-radius: 8px; background: var(--bad-tint); color: var(--bad) }
.hint { margin: 12px 0 0; font-size: 14px }
output, .output { display: block; min-height: 1.5em; margin-top: 10px; color: var(--good); font-variant-numeric: tabular-nums }
table { width: 100%; border-collapse: collapse; background: var(--paper) }
table.framed { border: 1px solid var(--line); border-radius: 12px; border-spacing: 0; border-collapse: separate; overflow: hidden }
th, td { padding: 8px 14px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line) }
.framed tbody tr:last-child > td { border-bottom: 0 }
#employees td { white-space: nowrap; font-size: 14px; padding: 7px 14px }
th { font-size: 13px; color: var(--soft); background: var(--ground); font-weight: 600 }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
.bordered :is(th, td) { border: 1px solid var(--line) }
caption { text-align: left; padding: 0 0 8px; color: var(--soft) }
.grid [role=row] { display: grid; grid-template-columns: repeat(3, 1fr); border-bottom: 1px solid var(--line) }
.grid :is([role=columnheader], [role=gridcell]) { padding: 8px 14px }
.links { list-style: none; margin: 0; padding: 0 }
.links li { padding: 9px 0; border-bottom: 1px solid var(--line) }
.links li:last-child { border: 0 }
.links span { color: var(--soft) }
.menu { position: relative; display: inline-block }
.menu ul { display: none; position: absolute; left: 0; top: 100%; z-index: 1; margin: 0; padding: 6px; min-width: 180px; list-style: none }
.menu:hover ul { display: block }
.menu li button { width: 100%; border: 0; text-align: left }
.lists { display: grid; grid-template-columns: 1fr 1fr; gap: 16px }
.lists ul { min-height: 130px; margin: 0; padding: 10px; list-style: none; background: var(--ground); border: 1px dashed var(--line); border-radius: 8px }
.lists li { padding: 8px 12px; margin-bottom: 8px; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; cursor: grab }
.pad { padding: 22px; text-align: center; background: var(--tint); border-radius: 8px; user-select: none }
.under { position: relative; display: inline-block }
.under::after { content: ""; position: absolute; inset: 0 }
iframe { width: 100%; border: 1px solid var(--line); border-radius: 8px; background: var(--paper) }
.item { height: 56px; padding: 16px 20px; margin: 0 0 8px; background: var(--paper); border: 1px solid var(--line); border-radius: 8px }
pre { margin: 0; padding: 14px; overflow: auto; background: var(--ground); border-radius: 8px; font-size: 13px }
.spinner { padding: 48px; text-align: center; color: var(--soft) }
`
