import type { OneTarget } from './target.ts'

/** A selector for the browser's own `querySelectorAll` or `document.evaluate`. */
export type NativeQuery = { css?: string; xpath?: string; nth?: number }

/** What only Playwright's own CSS knows. */
const PLAYWRIGHT_CSS = />>|:(?:visible|text|text-is|text-matches|has-text|nth-match|near|above|below|left-of|right-of|light)\b/
const ENGINE = /^[\w:*+-]+=/

function nativeSelector(selector: string): NativeQuery | null {
  const text = selector.trim()
  if (PLAYWRIGHT_CSS.test(text)) return null
  if (text.startsWith('xpath=')) return { xpath: text.slice('xpath='.length) }
  if (/^\(?\/\/|^\.\./.test(text)) return { xpath: text }
  if (text.startsWith('css=')) return { css: text.slice('css='.length) }
  return ENGINE.test(text) || /^["']/.test(text) ? null : { css: text }
}

/** The target for the browser's own selectors; null when only Playwright can find it: by role, label or text, in a frame, by `:has-text()`. */
export function nativeQuery(target: OneTarget): NativeQuery | null {
  if (typeof target === 'string') return nativeSelector(target)
  if (target.frame !== undefined) return null
  const nth = target.nth === undefined ? {} : { nth: target.nth }
  if ('testId' in target) return { css: `[data-testid="${target.testId.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"]`, ...nth }
  if (!('css' in target || 'xpath' in target)) return null
  const query = nativeSelector('css' in target ? `css=${target.css}` : `xpath=${target.xpath}`)
  return query && { ...query, ...nth }
}
