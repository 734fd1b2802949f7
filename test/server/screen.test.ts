import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { readEvents, type SseEvent } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { as, CALLERS } from './callers.ts'

/** The live picture of a run's page. */

let house: House
beforeAll(async () => {
  house = await openHouse(CALLERS)
})
afterAll(() => house[Symbol.asyncDispose]())

const ask = { identifier: 'ask', config: { type: 'USER_INPUT', title: 'Go on?' } }
const open = (url: string) => ({ identifier: 'open', config: { type: 'NAVIGATE', url } })
const watch = (runId: string, headers: Record<string, string> = {}) => fetch(`${house.server.url}/api/v1/workflow-runs/${runId}/screen`, { headers })
const next = async (events: AsyncGenerator<SseEvent>, wanted: string): Promise<SseEvent['data']> => {
  for await (const { event, data } of events) if (event === wanted) return data
  throw new Error(`The stream ended without ${wanted}.`)
}
const go = (runId: string) => house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: {} })

/** The colour in the middle of a JPEG, as a browser sees it. */
const middleOf = async (image: string): Promise<number[]> => {
  const page = await (await sharedChromium()).newPage()
  try {
    return await page.evaluate(async (source) => {
      const picture = new Image()
      picture.src = source
      await picture.decode()
      const canvas = document.createElement('canvas')
      Object.assign(canvas, { width: picture.width, height: picture.height })
      const drawing = canvas.getContext('2d')!
      drawing.drawImage(picture, 0, 0)
      return [...drawing.getImageData(picture.width / 2, picture.height / 2, 1, 1).data].slice(0, 3)
    }, `data:image/jpeg;base64,${image}`)
  } finally {
    await page.close()
  }
}

const coloured = (colour: string, inner = ''): string => `data:text/html,<body style="margin:0;background:${colour}">${inner}`

test('it shows the page as it is, also while a person is asked, and ends with the run', async () => {
  const runId = await house.begin([open(coloured('rgb(0,0,255)')), ask])
  await house.server.until(runId, (run) => run.awaiting !== null)
  const response = await watch(runId)
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const events = readEvents(response)
  const frame = await next(events, 'frame')
  expect(frame).toEqual({ image: expect.any(String), width: 1280, height: 800 })
  const [red, green, blue] = await middleOf(frame.image as string)
  expect([red! < 40, green! < 40, blue! > 215]).toEqual([true, true, true])
  await go(runId)
  for await (const _event of events) continue
  await house.server.settled(runId)
  expect((await watch(runId)).status).toBe(204)
})

test('once something secret was typed, its field is painted over', async () => {
  const field = '<input aria-label="Code" style="position:fixed;inset:0;width:100%;height:100%;border:0;background:red">'
  const trigger = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { code: { type: 'string', format: 'password' } }, required: ['code'] } } }
  const fill = { identifier: 'fill', config: { type: 'FILL', target: { label: 'Code' }, value: '{{ .inputs.code }}' } }
  const runId = await house.begin([trigger, open(coloured('white', field)), fill, ask], { inputs: { code: 'sesame' } })
  await house.server.until(runId, (run) => run.awaiting !== null)
  const events = readEvents(await watch(runId))
  const colour = await middleOf((await next(events, 'frame')).image as string)
  for (const part of colour) expect(Math.abs(part - 0x88)).toBeLessThan(12)
  await go(runId)
  await house.server.settled(runId)
})

test('it waits for the first page, and shows it when it is there', async () => {
  const runId = await house.begin([ask, open(coloured('rgb(0,255,0)')), { ...ask, identifier: 'ask_2' }])
  await house.server.until(runId, (run) => run.awaiting !== null)
  const events = readEvents(await watch(runId))
  await go(runId)
  await next(events, 'frame')
  await house.server.until(runId, (run) => run.awaiting !== null && run.currentStateName === 'ask_2')
  await go(runId)
  await house.server.settled(runId)
})

test('nobody films when nobody watches', async () => {
  const runId = await house.begin([open(coloured('white')), ask])
  await house.server.until(runId, (run) => run.awaiting !== null)
  const stop = new AbortController()
  const response = await fetch(`${house.server.url}/api/v1/workflow-runs/${runId}/screen`, { signal: stop.signal })
  await next(readEvents(response), 'frame')
  stop.abort()
  await go(runId)
  expect((await house.server.settled(runId)).workflowRun.state).toBe('COMPLETED')
  await house.quiet()
})

test('another org’s run cannot be watched', async () => {
  const runId = await house.begin([ask])
  const stranger = await as(house.server, { sub: 'anna' })
  expect((await watch(runId, { authorization: stranger.authorization })).status).toBe(404)
  await house.server.until(runId, (run) => run.awaiting !== null)
  await go(runId)
  await house.server.settled(runId)
})
