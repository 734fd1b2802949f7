import { expect } from 'vitest'
import type { Page } from 'playwright-core'
import screenshot from '../../steps/browser/screenshot.ts'
import type { Left } from '../step-context.ts'
import { testStep } from '../step-tester.ts'

const tall = '<body style="margin: 0"><h1>Long page</h1><div style="height: 3000px"></div></body>'
const box = '<body style="margin: 0"><div id="box" style="width: 120px; height: 40px; background: rgb(0, 0, 255)">Box</div></body>'
const fields = '<body style="margin: 0"><input id="pin" value="4711" style="position: absolute; left: 0; top: 0; width: 100px; height: 30px; border: 0; background: rgb(0, 255, 0)"></body>'

const imageOf = async (page: Page, left: Left) => {
  const bytes = await left.bytes(left.artifacts[0]!.id)
  return page.evaluate(async (url) => {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    const drawing = canvas.getContext('2d')!
    drawing.drawImage(image, 0, 0)
    return { width: image.width, height: image.height, middle: Array.from(drawing.getImageData(90, 15, 1, 1).data.slice(0, 3)) }
  }, `data:${left.artifacts[0]!.mimeType};base64,${bytes.toString('base64')}`)
}

testStep('SCREENSHOT', screenshot, {
  succeeds: {
    'shows the visible part of the page': {
      html: tall,
      config: {},
      output: { artifactId: expect.any(String), name: 'screenshot.png', mimeType: 'image/png', sizeBytes: expect.any(Number), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      artifacts: [{ type: 'screenshot', name: 'screenshot.png' }],
      after: async (page, left) => expect(await imageOf(page, left)).toMatchObject({ width: 1280, height: 720 }),
    },
    'shows the whole page': {
      html: tall,
      config: { fullPage: true, name: 'Report for Ada/Adler' },
      artifacts: [{ name: 'Adler.png' }],
      after: async (page, left) => expect((await imageOf(page, left)).height).toBeGreaterThan(3000),
    },
    'shows one element': {
      html: box,
      config: { target: [{ text: 'Nowhere' }, '#box'] },
      matched: 1,
      after: async (page, left) => expect(await imageOf(page, left)).toEqual({ width: 120, height: 40, middle: [0, 0, 255] }),
    },
    'paints over fields that hold secrets, in frames too, and does not mind those of other pages': {
      html: `<body style="margin: 0"><iframe srcdoc='${fields}' style="border: 0; width: 300px; height: 100px"></iframe></body>`,
      setup: (page) => page.frameLocator('iframe').locator('#pin').waitFor(),
      masked: [
        { selector: '#pin', frames: ['iframe'] },
        { selector: '#elsewhere', frames: [] },
        { selector: '#deeper', frames: ['iframe#gone', 'iframe'] },
      ],
      config: {},
      after: async (page, left) => expect((await imageOf(page, left)).middle).toEqual([0x88, 0x88, 0x88]),
    },
    'keeps a jpeg': { html: box, config: { type: 'jpeg', name: 'box.jpg' }, artifacts: [{ name: 'box.jpg', mimeType: 'image/jpeg' }] },
  },
  fails: {
    'the element is not there': { html: box, config: { target: '#circle' }, code: 'step_timeout', message: /selector #circle was not found within \d+ ms/ },
  },
  rejects: {
    'an element and the whole page': { config: { target: 'a', fullPage: true }, path: 'fullPage' },
    'a misspelt field': { config: { fullpage: true }, path: 'fullpage' },
  },
})
