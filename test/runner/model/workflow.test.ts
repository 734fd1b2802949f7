import { describe, expect, test } from 'vitest'
import { isTrigger, selfServeTrigger, whyNoCallStarts } from '../../../runner/model/node-kind.ts'
import { workflowSchema } from '../../../runner/model/workflow.ts'

const step = { identifier: 'a', config: { type: 'NO_ACTION' } }
const faultsOf = (over: object): string[] => (workflowSchema.safeParse({ identifier: 'w', nodes: [step], ...over }).error?.issues ?? []).map(({ path }) => path.map(String).join('.'))

test('a definition gets the defaults of the contract', () => {
  expect(workflowSchema.parse({ identifier: 'w', nodes: [step] })).toEqual({ identifier: 'w', type: 'USER_DEFINED', allowAnyoneToViewRuns: true, nodes: [step], connections: [] })
})

describe('accepted', () => {
  test.each<[string, object]>([
    ['letters of any script in identifiers', { identifier: 'Bestellung_äöü:1@x-2' }],
    ['100 nodes', { nodes: Array.from({ length: 100 }, (_, n) => ({ ...step, identifier: `n${n}` })) }],
    ['every setting', { settings: { runTimeoutMs: 1, stepTimeoutMs: 1, trace: 'on', screenshots: 'every-step', session: null, viewport: { width: 100, height: 100 }, locale: 'de-DE', timezone: 'Europe/Oslo', allowedHosts: ['*.example.com'] } }],
    ['a node with everything', { nodes: [{ ...step, title: 't', icon: 'i', description: 'd', stateName: 's', variables: { a: '{{ .response }}' }, retry: { maxAttempts: 10 }, timeoutMs: 1, onFailure: 'continue', links: ['x'], verbose: true, checkpoint: false }] }],
  ])('%s', (_name, over) => expect(faultsOf(over)).toEqual([]))
})

describe('refused, naming the field', () => {
  test.each<[string, object, string[]]>([
    ['an empty identifier', { identifier: '' }, ['identifier', 'identifier']],
    ['blanks in an identifier', { identifier: 'a b' }, ['identifier']],
    ['an identifier of 61', { identifier: 'x'.repeat(61) }, ['identifier']],
    ['no nodes', { nodes: [] }, ['nodes']],
    ['101 nodes', { nodes: Array.from({ length: 101 }, (_, n) => ({ ...step, identifier: `n${n}` })) }, ['nodes']],
    ['names that every object has', { nodes: [{ ...step, identifier: '__proto__' }, { ...step, identifier: 'constructor' }] }, ['nodes.0.identifier', 'nodes.1.identifier']],
    ['an unknown field', { colour: 'red' }, ['']],
    ['an unknown field of a node', { nodes: [{ ...step, colour: 'red' }] }, ['nodes.0']],
    ['a node without a type', { nodes: [{ identifier: 'a', config: {} }] }, ['nodes.0.config.type']],
    ['an unknown time zone and language', { settings: { timezone: 'Mars/Base', locale: '!!' } }, ['settings.locale', 'settings.timezone']],
    ['several at once', { title: 'x'.repeat(101), nodes: [{ ...step, onFailure: 'ignore', timeoutMs: 0 }] }, ['title', 'nodes.0.timeoutMs', 'nodes.0.onFailure']],
  ])('%s', (_name, over, paths) => expect(faultsOf(over)).toEqual(paths))
})

test('a call starts the first self-serve trigger that is published, the assumed one where there is none, and nothing where others are named', () => {
  const self = { identifier: 'mine', config: { type: 'SELF_SERVE_TRIGGER' } }
  const event = { identifier: 'event', config: { type: 'EVENT_TRIGGER' } }
  const parse = (...nodes: object[]) => workflowSchema.parse({ identifier: 'w', nodes })
  expect(selfServeTrigger(parse(event, self, step))?.identifier).toBe('mine')
  expect(selfServeTrigger(parse(step))?.identifier).toBe('trigger')
  expect(selfServeTrigger(parse(event, step))).toBeNull()
  const draft = { identifier: 'draft', config: { type: 'SELF_SERVE_TRIGGER', published: false } }
  expect(selfServeTrigger(parse(draft, self, step))?.identifier).toBe('mine')
  expect(selfServeTrigger(parse(draft, step))).toBeNull()
  expect([parse(draft, event, step), parse(event, step)].map(whyNoCallStarts)).toEqual([expect.stringContaining('published: false'), expect.stringContaining('no self-serve trigger')])
  expect([self, event, step].map((node) => isTrigger(parse(node).nodes[0]!))).toEqual([true, true, false])
})
