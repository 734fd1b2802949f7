import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { locate, toLocator } from '../../../steps/lib/locate.ts'
import type { OneTarget } from '../../../steps/lib/target.ts'
import { sharedChromium } from '../../chromium.ts'

const HTML = `
  <h1>Orders</h1>
  <button id="save">Save "all"</button><button id="save-as">Save as</button>
  <label>User name <input id="user" placeholder="maria\\@example"></label>
  <p data-testid="total">Total 7</p>
  <div id="host"></div>
  <iframe id="outer" srcdoc='<p>Outer</p><iframe class="inner" srcdoc="<button>Deep</button>"></iframe>'></iframe>
  <script>host.attachShadow({ mode: 'open' }).innerHTML = '<button>In the shadow</button>'</script>`

let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await sharedChromium()
  page = await browser.newPage()
  await page.setContent(HTML)
})
afterAll(() => page?.close())

const options = (timeoutMs = 10_000, signal = new AbortController().signal) => ({ signal, timeoutMs })

describe('one target', () => {
  // What Playwright's own methods point at, so that a new version that spells its selectors another way is noticed.
  test.each<[OneTarget, (page: Page) => Locator]>([
    ['#save', (own) => own.locator('#save')],
    [{ css: 'button >> nth=0' }, (own) => own.locator('button').nth(0)],
    [{ role: 'button', name: 'Save as' }, (own) => own.getByRole('button', { name: 'Save as' })],
    [{ role: 'button', name: 'Save "all"', exact: true }, (own) => own.getByRole('button', { name: 'Save "all"', exact: true })],
    [{ role: 'heading' }, (own) => own.getByRole('heading')],
    [{ label: 'user' }, (own) => own.getByLabel('user')],
    [{ label: 'User name', exact: true }, (own) => own.getByLabel('User name', { exact: true })],
    [{ placeholder: 'maria\\@' }, (own) => own.getByPlaceholder('maria\\@')],
    [{ text: 'total 7' }, (own) => own.getByText('total 7')],
    [{ text: 'Total 7', exact: true }, (own) => own.getByText('Total 7', { exact: true })],
    [{ testId: 'total' }, (own) => own.getByTestId('total')],
    [{ xpath: '//h1' }, (own) => own.locator('xpath=//h1')],
    [{ css: 'button', nth: 1 }, (own) => own.locator('button').nth(1)],
    [{ role: 'button', nth: -1 }, (own) => own.getByRole('button').last()],
    [{ text: 'In the shadow' }, (own) => own.getByText('In the shadow')],
    [{ text: 'Outer', frame: '#outer' }, (own) => own.frameLocator('#outer').getByText('Outer')],
    [{ role: 'button', frame: ['#outer', '.inner'] }, (own) => own.frameLocator('#outer').frameLocator('.inner').getByRole('button')],
  ])('%j', async (target, own) => {
    const [ours, theirs] = await Promise.all([toLocator(page, target), own(page)].map((found) => found.evaluate((element) => element.outerHTML)))
    expect(ours).toBe(theirs)
  })

  test('is not looked for: the action that follows waits for it', async () => {
    expect(await locate(page, { css: '#none' }, options(1))).toBeDefined()
  })
})

describe('a list of alternatives', () => {
  const matchOf = async (target: OneTarget[], more: object = {}) => {
    const matched: number[] = []
    await locate(page, target, { ...options(), ...more, matchedTarget: (index) => matched.push(index) })
    return matched
  }

  test('goes by its order, not by who is there', async () => expect(await matchOf(['#save', 'h1'])).toEqual([0]))
  test('passes over what is not there', async () => expect(await matchOf(['#none', { text: 'Nowhere' }, 'h1'])).toEqual([2]))
  test('passes over what matches several elements', async () => expect(await matchOf(['button', 'h1'])).toEqual([1]))
  test('takes several when several may match', async () => expect(await matchOf(['button', 'h1'], { multiple: true })).toEqual([0]))
  test('passes over what is not shown, unless it need not be', async () => {
    await page.locator('#user').evaluate((field) => field.toggleAttribute('hidden', true))
    expect(await matchOf(['#user', 'h1'])).toEqual([1])
    expect(await matchOf(['#user', 'h1'], { state: 'attached' })).toEqual([0])
    await page.locator('#user').evaluate((field) => field.toggleAttribute('hidden', false))
  })
  test('waits for one to come', async () => {
    const found = matchOf(['#late', '#later'])
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<p id="later">Later</p>'))
    expect(await found).toEqual([1])
  })
  test('looks into frames that are still loading', async () => {
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<iframe id="slow"></iframe>'))
    const found = matchOf([{ css: 'b', frame: '#slow' }, '#never'])
    await page.evaluate(() => ((document.querySelector('#slow') as HTMLIFrameElement).srcdoc = '<b>Here</b>'))
    expect(await found).toEqual([0])
  })
  test('says what became of each when none matches', async () => {
    await expect(locate(page, ['#none', { role: 'button' }], options(200))).rejects.toMatchObject({
      code: 'step_timeout',
      message: 'None of these was found within 200 ms on about:blank: selector #none, button (several match).',
    })
  })
  test('gives up at once when the run is cancelled', async () => {
    const abort = new AbortController()
    const found = locate(page, ['#none', '#nowhere'], options(60_000, abort.signal))
    abort.abort('cancel')
    await expect(found).rejects.toMatchObject({ name: 'AbortError' })
  })
  test('fails at once when a selector cannot be read', async () => {
    await expect(locate(page, ['div[', 'h1'], options())).rejects.toThrow(/while parsing/)
  })
})
