/**
 * What reads a page from within. This function is sent to the page as text, so it may use nothing from outside itself.
 *
 * Text is what the user sees: what is hidden, scripts and styles are left out, a line break or a block is a space, runs of spaces are one, and a
 * form field in the text stands for what is written in it. `innerText` does nearly the same, but lays the page out for every call, applies
 * `text-transform`, and skips fields.
 */
export function pageTools() {
  const UNSEEN = new Set(['script', 'style', 'template', 'noscript', 'head'])
  /** Attributes that say less than the property of the same name: a relative address, what stood in a field at first. */
  const LIVE = new Set(['href', 'src', 'action', 'formaction', 'poster', 'value', 'checked', 'selected'])

  const clean = (text: string) => text.replace(/[\u00ad\u200b]/g, '').replace(/\s+/g, ' ').trim()

  /** Whether the element has a place in the layout. An element with `display: contents` has none of its own, but its children do. */
  const isPlaced = (element: Element): boolean =>
    element.checkVisibility() || (getComputedStyle(element).display === 'contents' && element.parentElement !== null && isPlaced(element.parentElement))
  const isShown = (element: Element) => isPlaced(element) && getComputedStyle(element).visibility === 'visible'

  const labels = (select: HTMLSelectElement) => [...select.selectedOptions].map((option) => clean(option.label)).join(', ')

  /** What is written in a field, as far as it can be read as text; null for what is no field. */
  const written = (element: Element): string | null => {
    if (element instanceof HTMLSelectElement) return labels(element)
    if (element instanceof HTMLTextAreaElement) return element.value
    if (!(element instanceof HTMLInputElement)) return null
    return /^(?:hidden|password|file|image|checkbox|radio|range|color)$/.test(element.type) ? '' : element.value
  }

  const textOf = (root: Element, withFields = true): string => {
    if (root.firstElementChild === null && root.shadowRoot === null) return clean(root.textContent ?? '')
    // Of something hidden that was asked for by name everything is read.
    const everything = !isPlaced(root)
    const within = (parent: Node): string => {
      let text = ''
      for (const child of parent instanceof HTMLSlotElement && parent.assignedNodes().length > 0 ? parent.assignedNodes() : parent.childNodes)
        text += child instanceof Text ? child.data : child instanceof Element ? of(child) : ''
      return text
    }
    const of = (element: Element): string => {
      if (element.localName === 'br') return ' '
      if (UNSEEN.has(element.localName) || (!everything && !isShown(element))) return ''
      const field = written(element)
      if (field !== null) return withFields ? ` ${field} ` : ''
      const text = within(element.shadowRoot ?? element)
      return /^(?:inline|contents|ruby)/.test(getComputedStyle(element).display) ? text : ` ${text} `
    }
    return clean(within(root.shadowRoot ?? root))
  }

  /** What a field of an extraction asks of its element. */
  const valueOf = (element: Element, { attribute, html, boolean }: { attribute?: string | undefined; html?: boolean | undefined; boolean?: boolean | undefined }): string | null => {
    if (html) return element.innerHTML
    if (attribute !== undefined) {
      const live: unknown = LIVE.has(attribute) && attribute in element ? element[attribute as keyof Element] : undefined
      if (typeof live === 'boolean') return String(live)
      if (typeof live === 'string' && (attribute === 'value' || element.hasAttribute(attribute))) return live
      const given = element.getAttribute(attribute)
      // As HTML has it: `disabled` is true by being there.
      return boolean ? String(given !== null && given !== 'false') : given
    }
    if (element instanceof HTMLInputElement) return element.type === 'checkbox' || element.type === 'radio' ? String(element.checked) : element.value
    if (element instanceof HTMLMeterElement || element instanceof HTMLProgressElement) return String(element.value)
    const checked = boolean ? element.getAttribute('aria-checked') : null
    return checked ?? written(element) ?? textOf(element)
  }

  /** Whether something below `scope` is out of reach for the browser's own selectors. */
  const hasShadow = (scope: Document | Element) => [...scope.querySelectorAll('*'), scope].some((one) => one instanceof Element && one.shadowRoot !== null)

  const xpathBelow = (scope: Document | Element, xpath: string): Element[] => {
    // As Playwright has it: below an element, a path from the root starts at the element.
    const relative = scope instanceof Element ? xpath.replace(/^(\(?)\//, '$1./') : xpath
    const found = document.evaluate(relative, scope, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE)
    return Array.from({ length: found.snapshotLength }, (_, index) => found.snapshotItem(index)).filter((node) => node instanceof Element)
  }

  /** The elements below `scope` that a selector finds; null when only Playwright's engine can tell: in a shadow root, or a selector of its own. */
  const find = (scope: Document | Element, { css, xpath, nth }: { css?: string; xpath?: string; nth?: number }): Element[] | null => {
    let all: Element[]
    try {
      all = xpath === undefined ? [...scope.querySelectorAll(css ?? '')] : xpathBelow(scope, xpath)
    } catch {
      return null
    }
    if (all.length === 0 && hasShadow(scope)) return null
    const one = nth === undefined ? undefined : all.at(nth)
    return nth === undefined ? all : one === undefined ? [] : [one]
  }

  return { isPlaced, textOf, valueOf, find }
}

export type PageTools = ReturnType<typeof pageTools>
