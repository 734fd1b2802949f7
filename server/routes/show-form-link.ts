import { z } from 'zod'
import { fieldsHtml } from '../form-fields.ts'
import { linkCaller, questionOfLink } from '../form-link.ts'
import { escapeHtml, sendPage } from '../html.ts'
import { defineRoute } from '../route.ts'

const STYLES: Record<string, string> = { SECONDARY: ' class="plain"', DANGER: ' class="danger"' }

export default defineRoute({
  method: 'get',
  path: '/answer/:token',
  tag: 'Input requests',
  summary: 'Show a question to who has its link.',
  allow: 'member',
  caller: linkCaller,
  params: z.object({ token: z.string().max(4000) }),
  pages: true,
  answers: { 200: { description: 'A page with a form.', type: 'text/html' }, 409: { description: 'It was answered already.', type: 'text/html' }, 410: { description: 'The time of the link, or of the question, is over.', type: 'text/html' } },
  handle: async (services, { params }) => {
    const { request } = await questionOfLink(services, params.token)
    const { title, description, workflowName, buttons, screenshotArtifactId, expiresAt } = request
    const pressed = buttons.length > 0 ? buttons.map(({ identifier, label, variant = '' }) => `<button name="button" value="${escapeHtml(identifier)}"${STYLES[variant] ?? ''}>${escapeHtml(label)}</button>`).join('') : '<button>Send</button>'
    // Relative, so that it is found behind a proxy that adds to the path.
    const picture = screenshotArtifactId ? `<img src="${escapeHtml(services.urls.sign('..', screenshotArtifactId))}" alt="What the portal shows at present">` : ''
    const body = `${workflowName ? `<p class="by">${escapeHtml(workflowName)}</p>` : ''}<h1>${escapeHtml(title)}</h1>${description ? `<p>${escapeHtml(description)}</p>` : ''}
<form method="post" enctype="multipart/form-data">${fieldsHtml(request)}<div>${pressed}</div></form>
<p class="by">Until ${escapeHtml(`${new Date(expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`)}. The first answer counts.</p>${picture}`
    return { respond: async (response) => sendPage(response, 200, { title, body }) }
  },
})
