import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findText } from '../../steps/lib/find-text.ts'
import { sharedChromium } from '../chromium.ts'

/** Which elements are taken for showing a text. */

let browser: Browser
let page: Page
beforeAll(async () => {
  browser = await sharedChromium()
  page = await browser.newPage()
})
afterAll(() => page.close())

const WORD = /hunter 2/

test.each<[what: string, html: string, ids: string[]]>([
  ['the smallest element', '<div id="a">x<p id="b">It is hunter 2.</p></div><p id="c">hunter 3</p>', ['b']],
  ['one over whose elements it is spread', '<p id="a">hunter <b id="b">2</b></p>', ['a']],
  ['each of several', '<ul id="a"><li id="b">hunter 2</li><li id="c">x</li><li id="d">hunter 2</li></ul>', ['b', 'd']],
  ['one that shows it beside one in it', '<p id="a">hunter 2 <b id="b">hunter 2</b></p>', ['a', 'b']],
  ['one that breaks the line in it', '<p id="a">hunter\n   2</p>', ['a']],
  ['one that shows it in a shadow', '<p id="a" class="host"></p>', ['a']],
  ['a field that holds it', '<p id="a"><input id="b" value="hunter 2"><input id="c" value="hunter 3"></p><p><textarea id="d">\nhunter 2</textarea></p>', ['b', 'd']],
  ['no field that nobody sees', '<p id="a">x<input type="hidden" value="hunter 2"></p>', []],
  ['no script, style or title', '<title>hunter 2</title><p id="a">x</p><script>"hunter 2"</script><style>/* hunter 2 */</style>', []],
  ['nothing where it is not', '<p id="a">hunter2</p>', []],
])('it is %s', async (_what, html, ids) => {
  await page.setContent(html)
  await page.locator('.host').evaluateAll((hosts) => {
    for (const host of hosts) host.attachShadow({ mode: 'open' }).innerHTML = '<i>hunter 2</i>'
  })
  const found = await findText(page.mainFrame(), WORD)
  expect(await Promise.all(found.map((locator) => locator.evaluateAll((elements) => elements.map(({ id }) => id))))).toEqual(ids.length === 0 ? [] : [ids])
})
