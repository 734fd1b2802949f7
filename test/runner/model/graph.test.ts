import { describe, expect, test } from 'vitest'
import { checkGraph } from '../../../runner/model/graph-check.ts'
import { buildGraph, downstream, readyNodes, type Outcome } from '../../../runner/model/graph.ts'
import { workflowSchema, type Workflow } from '../../../runner/model/workflow.ts'
import { pick, randomFrom } from '../../random.ts'

type Given = { triggers?: string[]; conditions?: string[]; nodes?: string; connections?: string }

/** `nodes` by name; `connections` as `a>b`, `c:outlet>d`, `c!>e` (the fallback). */
const workflow = ({ triggers = [], conditions = [], nodes = '', connections = '' }: Given): Workflow =>
  workflowSchema.parse({
    identifier: 'w',
    nodes: nodes
      .split(' ')
      .filter(Boolean)
      .map((identifier) => ({ identifier, config: { type: triggers.includes(identifier) ? 'EVENT_TRIGGER' : conditions.includes(identifier) ? 'CONDITION' : 'NO_ACTION' } })),
    connections: connections
      .split(' ')
      .filter(Boolean)
      .map((text) => {
        const [, from, fallback, outlet, to] = /^([^:!>]+)(!)?(?::([^>]+))?>(.+)$/.exec(text)!
        return { sourceIdentifier: from, targetIdentifier: to, ...(fallback && { fallback: true }), ...(outlet && { sourceOutletIdentifier: outlet }) }
      }),
  })

const ready = (given: Given, trigger: string, finished: Record<string, Outcome>): string[] => readyNodes(buildGraph(workflow(given)), trigger, new Map(Object.entries(finished)))
const done: Outcome = {}

describe('what follows', () => {
  test('without connections the nodes follow each other as listed, after the assumed trigger', () => {
    const given = { nodes: 'a b c' }
    expect(ready(given, 'trigger', {})).toEqual(['trigger'])
    expect(ready(given, 'trigger', { trigger: done })).toEqual(['a'])
    expect(ready(given, 'trigger', { trigger: done, a: done, b: done })).toEqual(['c'])
    expect(ready(given, 'trigger', { trigger: done, a: done, b: done, c: done })).toEqual([])
  })

  test('with connections the assumed trigger leads to every node that nothing leads to', () => {
    expect(ready({ nodes: 'a b c', connections: 'a>c b>c' }, 'trigger', { trigger: done })).toEqual(['a', 'b'])
  })

  test('branches run in the order of the definition and join where they meet', () => {
    const given = { nodes: 'a b c d e', connections: 'a>c a>b b>d c>d d>e' }
    expect(ready(given, 'trigger', { trigger: done, a: done })).toEqual(['b', 'c'])
    expect(ready(given, 'trigger', { trigger: done, a: done, b: done })).toEqual(['c'])
    expect(ready(given, 'trigger', { trigger: done, a: done, b: done, c: done })).toEqual(['d'])
  })

  test('a condition opens the outlet that it chose, else its fallback, else nothing', () => {
    const given = { conditions: ['c'], nodes: 'c x y z', connections: 'c:one>x c:two>y c!>z' }
    const after = (selected: string | null) => ready(given, 'trigger', { trigger: done, c: { selected } })
    expect(after('one')).toEqual(['x'])
    expect(after('two')).toEqual(['y'])
    expect(after('three')).toEqual(['z'])
    expect(after(null)).toEqual(['z'])
    expect(ready({ conditions: ['c'], nodes: 'c x', connections: 'c:one>x' }, 'trigger', { trigger: done, c: { selected: null } })).toEqual([])
  })

  test('a path not taken holds nobody up, however long it is', () => {
    const given = { conditions: ['c'], nodes: 'c x dead1 dead2 join', connections: 'c:one>x c:two>dead1 dead1>dead2 dead2>join x>join' }
    expect(ready(given, 'trigger', { trigger: done, c: { selected: 'one' } })).toEqual(['x'])
    expect(ready(given, 'trigger', { trigger: done, c: { selected: 'one' }, x: done })).toEqual(['join'])
  })

  test('what only dead paths lead to is dead, too', () => {
    const given = { conditions: ['c'], nodes: 'c a b join after', connections: 'c:one>a c:two>b a>join b>join join>after' }
    expect(ready(given, 'trigger', { trigger: done, c: { selected: null } })).toEqual([])
  })

  test('only the trigger that fired counts, also where paths of two triggers meet', () => {
    const given = { triggers: ['t1', 't2'], nodes: 't1 t2 a b join', connections: 't1>a t2>b a>join b>join' }
    expect(ready(given, 't1', {})).toEqual(['t1'])
    expect(ready(given, 't1', { t1: done })).toEqual(['a'])
    expect(ready(given, 't1', { t1: done, a: done })).toEqual(['join'])
    expect(ready(given, 't2', { t2: done })).toEqual(['b'])
  })

  test('downstream is the node and everything that can come after it', () => {
    const graph = buildGraph(workflow({ nodes: 'a b c d', connections: 'a>b b>c a>d' }))
    expect([...downstream(graph, 'b')]).toEqual(['b', 'c'])
    expect([...downstream(graph, 'trigger')].toSorted()).toEqual(['a', 'b', 'c', 'd', 'trigger'])
  })
})

/** A random graph without cycles: every edge points to a later node; some nodes are conditions. */
const randomWorkflow = (random: () => number): Workflow => {
  const names = Array.from({ length: 2 + Math.floor(random() * 14) }, (_, index) => `n${index}`)
  const conditions = names.filter(() => random() < 0.3)
  const edges = new Set<string>()
  for (const [index, to] of names.entries()) {
    for (let count = Math.floor(random() * 3); count > 0 && index > 0; count--) {
      const from = names[Math.floor(random() * index)]!
      if (!conditions.includes(from)) edges.add(`${from}>${to}`)
      else if (random() < 0.3) edges.add(`${from}!>${to}`)
      else edges.add(`${from}:o${Math.floor(random() * 3)}>${to}`)
    }
  }
  return workflow({ conditions, nodes: names.join(' '), connections: [...edges].join(' ') })
}

test('every graph without cycles comes to its end: each node once, and only after all that it waits for', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = randomFrom(seed)
    const graph = buildGraph(randomWorkflow(random))
    const finished = new Map<string, Outcome>()
    for (let next = readyNodes(graph, 'trigger', finished); next.length > 0; next = readyNodes(graph, 'trigger', finished)) {
      const id = pick(random, next)
      expect(finished.has(id), `seed ${seed}`).toBe(false)
      const isCondition = graph.nodes.get(id)?.config.type === 'CONDITION'
      finished.set(id, isCondition ? { selected: pick(random, ['o0', 'o1', 'o2', null]) } : {})
      expect(finished.size).toBeLessThanOrEqual(graph.nodes.size)
    }
    // Nothing is left behind that a finished node leads to without a choice.
    for (const [from, outcome] of finished)
      for (const edge of graph.outgoing.get(from) ?? []) if (outcome.selected === undefined) expect(finished.has(edge.to), `seed ${seed}: ${from} leads to ${edge.to}`).toBe(true)
  }
})

describe('faults', () => {
  const faults = (given: Given) => checkGraph(workflow(given)).map(({ path, code }) => `${path} ${code}`)

  test.each<[string, Given]>([
    ['a line', { nodes: 'a b c' }],
    ['a diamond', { nodes: 'a b c d', connections: 'a>b a>c b>d c>d' }],
    ['several triggers', { triggers: ['t', 'u'], nodes: 't u a', connections: 't>a u>a' }],
    ['a condition with a fallback', { conditions: ['c'], nodes: 'c a b', connections: 'c:x>a c!>b' }],
    ['a trigger listed last', { triggers: ['t'], nodes: 'a b t' }],
  ])('%s has none', (_name, given) => expect(faults(given)).toEqual([]))

  test.each<[string, Given, string[]]>([
    ['two nodes of one name', { nodes: 'a b a' }, ['nodes[2].identifier duplicate']],
    ['the name of the assumed trigger', { nodes: 'a trigger' }, ['nodes[1].identifier reserved']],
    ['triggers only', { triggers: ['t'], nodes: 't' }, ['nodes no_steps']],
    ['ends that are not there', { nodes: 'a b', connections: 'a>nowhere nobody>b' }, ['connections[0].targetIdentifier unknown_node', 'connections[1].sourceIdentifier unknown_node']],
    ['a node connected to itself', { nodes: 'a b', connections: 'a>b b>b' }, ['connections[1] self_connection']],
    ['a connection into a trigger', { triggers: ['t'], nodes: 't a', connections: 't>a a>t' }, ['connections[1].targetIdentifier trigger_target']],
    ['a connection made twice', { nodes: 'a b', connections: 'a>b a>b' }, ['connections[1] duplicate']],
    ['an outlet of what is no condition', { nodes: 'a b', connections: 'a:x>b' }, ['connections[0] no_outlets']],
    ['an outlet used twice', { conditions: ['c'], nodes: 'c a b', connections: 'c:x>a c:x>b' }, ['connections[1] outlet_used_twice']],
    ['two fallbacks', { conditions: ['c'], nodes: 'c a b', connections: 'c!>a c!>b' }, ['connections[1] two_fallbacks']],
    ['a circle', { nodes: 'a b c', connections: 'a>b b>c c>b' }, ['connections cycle']],
    ['a circle that nothing leads to', { nodes: 'a b c', connections: 'b>c c>b' }, ['connections cycle']],
    ['a node that no trigger leads to', { triggers: ['t'], nodes: 't a b c', connections: 't>a b>c' }, ['nodes[2] unreachable', 'nodes[3] unreachable']],
  ])('%s', (_name, given, expected) => expect(faults(given)).toEqual(expected))

  test('all are told at once', () => {
    expect(faults({ triggers: ['t'], nodes: 't a a', connections: 'a>t a>x a>a' })).toEqual([
      'nodes[2].identifier duplicate',
      'connections[0].targetIdentifier trigger_target',
      'connections[1].targetIdentifier unknown_node',
      'connections[2] self_connection',
    ])
  })
})
