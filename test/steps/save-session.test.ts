import { expect } from 'vitest'
import saveSession from '../../steps/browser/save-session.ts'
import { testStep } from '../step-tester.ts'

testStep('SAVE_SESSION', saveSession, {
  succeeds: {
    'saves the state under a name': {
      config: { session: 'acme' },
      output: { session: 'acme' },
      after: (_, { sessions }) => expect(sessions).toEqual(['acme']),
    },
  },
  rejects: { 'an empty name': { config: { session: '' }, path: 'session' }, 'a misspelt field': { config: { session: 'a', name: 'b' }, path: 'name' } },
})
