import { createHash } from 'node:crypto'
import type { Response } from 'express'

/** The few pages that people see without the dashboard: no script, nothing from elsewhere. */

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

const STYLE = `:root{color-scheme:light dark;--line:#8886;--accent:#1c64d9;--soft:#666}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,sans-serif;display:grid;justify-items:center;padding:6vh 16px}
main{width:100%;max-width:34rem;border:1px solid var(--line);border-radius:12px;padding:24px 28px 28px}
h1{font-size:1.35rem;line-height:1.3;margin:0 0 8px}
p{margin:8px 0;overflow-wrap:anywhere}
.by{color:var(--soft);font-size:.9rem;margin:0 0 4px}
form+.by{margin-top:16px}
label{display:block;font-weight:600;margin:18px 0 6px}
label.tick{font-weight:400}
small{display:block;color:var(--soft)}
input:not([type=checkbox]),select,textarea{width:100%;font:inherit;padding:9px 11px;border:1px solid var(--line);border-radius:8px;background:Field;color:FieldText}
input[autocomplete=one-time-code]{font-size:1.3rem;letter-spacing:.18em}
button{font:inherit;font-weight:600;padding:10px 18px;margin:22px 10px 0 0;border:1px solid #1c64d9;border-radius:8px;background:#1c64d9;color:#fff;cursor:pointer}
button.plain{background:transparent;color:inherit;border-color:var(--line)}
button.danger{background:#b42318;border-color:#b42318}
:focus-visible{outline:3px solid #1c64d980;outline-offset:2px}
img{max-width:100%;border:1px solid var(--line);border-radius:8px;margin-top:20px}
a{color:var(--accent)}
@media (prefers-color-scheme:dark){:root{--accent:#7aabff;--soft:#a3a3a3}}`

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** Sends a page. @param body HTML, with everything in it that came from elsewhere escaped */
export const sendPage = (response: Response, status: number, { title, body }: { title: string; body: string }): void => {
  response
    .status(status)
    .set({ 'content-security-policy': POLICY, 'cache-control': 'no-store', 'x-robots-tag': 'noindex' })
    .type('html')
    .send(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body>
</html>
`)
}
