import { chromium, type Browser } from 'playwright-core'
import { chromiumLaunch } from '../runner/chromium-switches.ts'
import { findChromium } from '../runner/find-chromium.ts'

/** A real Chromium for tests that drive one themselves, started as the platform starts its own. */
export const launchChromium = (...args: string[]): Promise<Browser> => chromium.launch({ executablePath: findChromium(process.env), ...chromiumLaunch(...args) })
