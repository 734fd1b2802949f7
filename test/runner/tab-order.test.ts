import { expect, test } from 'vitest'
import { buildGraph } from '../../runner/model/graph.ts'
import { ASSUMED_TRIGGER } from '../../runner/model/node-kind.ts'
import { workflowSchema } from '../../runner/model/workflow.ts'
import type { RunMemory, Scope, Seen } from '../../runner/run-memory.ts'
import { createTabs } from '../../runner/tabs.ts'

/** Which tab a branch gets when a run goes on: the one that it had. */

/** @param began the nodes in the order in which activity runs of theirs began @param finished those that are done */
const tabsAfter = (nodes: string, connections: string, began: string, finished: string, iteration: string | null = null) => {
  const definition = workflowSchema.parse({
    identifier: 'w',
    nodes: nodes.split(' ').map((identifier) => ({ identifier, config: { type: 'NO_ACTION' } })),
    connections: connections.split(' ').map((text) => ({ sourceIdentifier: text[0], targetIdentifier: text[2] })),
  })
  const trigger = ASSUMED_TRIGGER.identifier
  const runs = (iteration === null ? [trigger, ...began.split(' ')] : began.split(' ')).map((nodeId, index) => ({ nodeId, id: String(index).padStart(4, '0') }))
  const memory: Pick<RunMemory, 'seen'> = { seen: (_scope, nodeId) => runs.filter((run) => run.nodeId === nodeId) as Seen[] }
  const done = new Map([trigger, ...finished.split(' ')].map((nodeId) => [nodeId, {}]))
  const scope: Scope = { iteration, graph: buildGraph(definition), trigger, variables: { inputs: {}, outputs: {} }, finished: done, outputs: {}, page: 'main' }
  return createTabs(memory, scope)
}

test.each([
  ['the first waits, the other is done', 'a w c', 'a c'],
  ['the first is done, the other waits', 'a w c', 'a w'],
  ['the first was tried again after the other was done', 'a w c w w', 'a c'],
  ['the first was tried again, and is done after the other', 'a w c w', 'a c w'],
  ['of the first it was not recorded any more that it began', 'a c', 'a'],
  ['of the first it was not recorded that it began, but the other is done', 'a c', 'a c'],
])('of two branches that part, the first keeps the tab of the node before: %s', (_what, began, finished) => {
  const tabs = tabsAfter('a w c x y', 'a>w a>c w>x c>y', began, finished)
  expect(['w', 'c', 'x', 'y'].map(tabs.assign)).toEqual(['main', 'c', 'main', 'c'])
  expect(tabs.all()).toEqual(['main', 'c'])
})

test('a node that could not begin before another is given no tab before it', () => {
  const tabs = tabsAfter('a b j d', 'a>j b>j a>d', 'a b d', 'a b d')
  expect(['d', 'j'].map(tabs.assign)).toEqual(['main', 'b'])
})

test('in a round of a loop the others are named for the round', () => {
  const tabs = tabsAfter('a b c', 'a>b a>c', 'a b', 'a', 'each[3]')
  expect(['b', 'c'].map(tabs.assign)).toEqual(['main', 'each[3].c'])
})
