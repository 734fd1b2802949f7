import { chromium, type Browser } from 'playwright-core'
import { findChromium } from '../runner/find-chromium.ts'

const CLOSED_NETWORK = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** A real Chromium for tests that drive one themselves. */
export function launchChromium(args: string[] = []): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: findChromium(process.env), args: [...sandbox, ...CLOSED_NETWORK, ...args] })
}
