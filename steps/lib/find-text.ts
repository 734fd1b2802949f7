import type { Frame, Locator } from 'playwright-core'

/** A place in a document: the elements that lead there from its root, each by its number among its siblings. */
type Place = readonly number[]

/** What stands in elements, and in fields: in each by itself, then in each of its children as a whole. Runs in the page. */
const TEXTS = `(places) => {
  const unseen = new Set(['head', 'script', 'style', 'noscript', 'template'])
  const textOf = (node) => {
    if (node.nodeType === 3) return node.data
    if (unseen.has(node.localName)) return ''
    if (node.localName === 'input' || node.localName === 'textarea') return node.type === 'hidden' ? '' : String(node.value)
    let text = node.shadowRoot ? textOf(node.shadowRoot) : ''
    for (let child = node.firstChild; child; child = child.nextSibling) text += textOf(child)
    return text
  }
  return places.map((place) => {
    let element = document.documentElement
    for (const index of place) element = element?.children[index]
    if (!element) return ['']
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('')
    return [own, ...[...element.children].map(textOf)]
  })
}`

const inCss = (place: Place): string => [':root', ...place.map((index) => `:nth-child(${index + 1})`)].join(' > ')

export const wholeOf = (frame: Frame): Locator => frame.locator(':root')

/**
 * The smallest elements of a frame that show such a text. The page tells what it shows and never hears what is looked for: that may be a secret, and
 * Playwright writes selectors into traces and errors.
 */
export async function findText(frame: Frame, text: RegExp): Promise<Locator[]> {
  const isIn = (shown: string): boolean => text.test(shown) || text.test(shown.replace(/\s+/g, ' '))
  const found: Place[] = []
  let open: Place[] = [[]]
  while (open.length > 0) {
    const texts = await frame.evaluate<string[][]>(`(${TEXTS})(${JSON.stringify(open)})`)
    open = open.flatMap((place, index) => {
      const [own = '', ...inner] = texts[index] ?? []
      const below = inner.flatMap((shown, child) => (isIn(shown) ? [[...place, child]] : []))
      // The root is looked at only because all begins there.
      if (isIn(own) || (below.length === 0 && place.length > 0)) found.push(place)
      return below
    })
  }
  return found.length === 0 ? [] : [frame.locator(found.map(inCss).join(', '))]
}
