import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { PLAYWRIGHT_DISABLE_FEATURES } from '../../runner/chromium-switches.ts'
import { findChromium } from '../../runner/find-chromium.ts'

test('the features that Playwright switches off are those that the platform repeats: a new Playwright may have others', async () => {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const server = await chromium.launchServer({ executablePath: findChromium({ CHROMIUM_PATH: process.env.CHROMIUM_PATH }), args })
  const passed = server.process().spawnargs.filter((one) => one.startsWith('--disable-features='))
  await server.close()
  expect(passed).toEqual([PLAYWRIGHT_DISABLE_FEATURES])
})
