/** HTML that is safe to put into a page as it stands. */
export type Markup = { readonly markup: string }

type Content = string | number | Markup | Content[] | null | undefined | false

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

/** Text is escaped, markup is kept: what a visitor typed can be shown without a thought. */
export function html(parts: TemplateStringsArray, ...contents: Content[]): Markup {
  return raw(parts.map((part, index) => part + render(contents[index])).join(''))
}

export function raw(markup: string): Markup {
  return { markup }
}

function render(content: Content): string {
  if (content === null || content === undefined || content === false) return ''
  if (Array.isArray(content)) return content.map(render).join('')
  return typeof content === 'object' ? content.markup : escapeText(String(content))
}
