import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import dialog from '../../steps/browser/dialog.ts'
import { testStep } from '../step-tester.ts'

const asks = (script: string, answers: unknown[]) => async (page: Page) => {
  for (const answer of answers) expect(await page.evaluate(script)).toBe(answer)
}

testStep('DIALOG', dialog, {
  succeeds: {
    'accepts the next dialog, and no other': { html: '', config: { action: 'accept' }, after: asks('confirm("Delete?")', [true, false]) },
    'answers a prompt': { html: '', config: { action: 'accept', promptText: 'Maria' }, after: asks('prompt("Name?")', ['Maria', null]) },
    'dismisses the next dialog': { html: '', config: { action: 'dismiss' }, after: asks('confirm("Delete?")', [false]) },
  },
  rejects: {
    'another action': { config: { action: 'ok' }, path: 'action' },
    'text for a dialog that is dismissed': { config: { action: 'dismiss', promptText: 'x' }, path: 'promptText', message: /takes no text/ },
  },
})
