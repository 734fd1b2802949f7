import type { Frame } from 'playwright-core'

/** Has Chromium save what a page keeps under a `blob:` address, whatever its size. */
export const saveBlob = (frame: Frame, url: string): Promise<void> =>
  frame.evaluate((href) => Object.assign(document.createElement('a'), { href, download: '' }).click(), url)
