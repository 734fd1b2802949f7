import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import scroll from '../../steps/browser/scroll.ts'
import { testStep } from '../step-tester.ts'

const tall = '<!doctype html><style>html { scroll-behavior: smooth }</style><div style="height: 3000px; width: 3000px">Top</div><p id="end">End</p>'
const box = '<!doctype html><div id="box" style="height: 100px; overflow: auto"><div style="height: 1000px">In the box</div><p id="last">Last</p></div>'
const scrolled = (expected: (top: number, left: number) => boolean) => async (page: Page) => {
  const [top, left] = await page.evaluate(() => [scrollY, scrollX] as const)
  expect(expected(top, left), `scrolled to ${top}, ${left}`).toBe(true)
}
const boxTop = (page: Page) => page.locator('#box').evaluate((element) => element.scrollTop)

testStep('SCROLL', scroll, {
  succeeds: {
    'brings an element into view': { html: tall, config: { target: '#end' }, after: scrolled((top) => top > 1000) },
    'brings an element of a scrolling box into view': { html: box, config: { target: '#last' }, after: async (page) => expect(await boxTop(page)).toBeGreaterThan(500) },
    'scrolls by pixels': { html: tall, config: { by: { x: 20, y: 300 } }, after: scrolled((top, left) => top === 300 && left === 20) },
    'scrolls to the bottom': { html: tall, config: { to: 'bottom' }, after: scrolled((top) => top > 2000) },
    'scrolls back to the top': { html: tall, setup: (page) => page.evaluate(() => scrollTo({ top: 900, behavior: 'instant' })), config: { to: 'top' }, after: scrolled((top) => top === 0) },
    'scrolls in a box': { html: box, config: { target: '#box', to: 'bottom' }, after: async (page) => expect(await boxTop(page)).toBeGreaterThan(500) },
    'scrolls a page in quirks mode': { html: tall.replace('<!doctype html>', ''), config: { to: 'bottom' }, after: scrolled((top) => top > 2000) },
  },
  fails: { 'the element is not there': { html: tall, config: { target: '#none' }, code: 'step_timeout', message: /selector #none was not found/ } },
  rejects: {
    'nothing to do': { config: {}, path: '', message: /one of target, by or to/ },
    'two ways at once': { config: { by: { y: 1 }, to: 'top' }, path: 'to', message: /not both/ },
    'an edge that is none': { config: { to: 'end' }, path: 'to' },
  },
})
