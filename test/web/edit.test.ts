import { describe, expect, test } from 'vitest'
import { addNode, changeOutlet, connect, disconnect, graphOf, lastNode, removeNode, renameNode } from '../../web/editor/edit-body.ts'
import { rewrite, stretchBetween } from '../../web/editor/edit-json.ts'
import { knownValues } from '../../web/editor/known-values.ts'
import { partsOf, placesOf, readJson } from '../../web/editor/places.ts'
import { nodeAt } from '../../web/editor/scope.ts'

/** What the editor does to a definition, without a browser. */

const node = (identifier: string, config: Record<string, unknown> = { type: 'CLICK', target: 'a' }) => ({ identifier, config })
const edge = (sourceIdentifier: string, targetIdentifier: string, more: Record<string, unknown> = {}) => ({ sourceIdentifier, targetIdentifier, ...more })
const start = node('start', { type: 'SELF_SERVE_TRIGGER' })
const fork = node('fork', { type: 'CONDITION', outlets: [{ identifier: 'yes', expression: 'true' }] })
const edgesOf = (body: unknown): string[] => graphOf(body).edges.map(({ from, to, outlet, fallback }) => `${from}>${to}${outlet ? `:${outlet}` : ''}${fallback ? ':otherwise' : ''}`)

describe('a text of JSON is changed where it differs, and nowhere else', () => {
  const text = '{\n  "a": [1,   2, 3],\n\n  "b": { "c": "d" }\n}\n'
  test.each([
    ['a value', { a: [1, 2, 3], b: { c: 'e' } }, '{\n  "a": [1,   2, 3],\n\n  "b": { "c": "e" }\n}\n'],
    ['an entry that goes', { a: [1, 2], b: { c: 'd' } }, '{\n  "a": [1,   2],\n\n  "b": { "c": "d" }\n}\n'],
    ['nothing', { a: [1, 2, 3], b: { c: 'd' } }, text],
  ])('%s', (_what, after, wanted) => {
    expect(rewrite(text, after)).toBe(wanted)
  })

  test('whatever is changed, the text says it, and says the rest as before', () => {
    const values: unknown[] = [{ a: [], b: { c: null } }, { b: { c: 'd' }, a: [3, 2, 1, 0] }, { a: [{ x: 1 }, 2], b: { c: 'd', e: { f: [] } } }, { z: 1 }, { a: [1, 9, 2, 3], b: {} }]
    for (const after of values) expect(JSON.parse(rewrite(text, after))).toEqual(after)
  })

  test('two texts differ in one stretch', () => {
    expect(stretchBetween('aXXb', 'aYb')).toEqual({ from: 1, to: 3, insert: 'Y' })
    expect(stretchBetween('aaa', 'aa')).toEqual({ from: 2, to: 3, insert: '' })
  })
})

describe('steps', () => {
  const row = { nodes: [start, node('a'), node('b')], connections: [] }
  const graph = { nodes: [start, fork, node('a'), node('b')], connections: [edge('start', 'fork'), edge('fork', 'a', { sourceOutletIdentifier: 'yes' }), edge('fork', 'b', { fallback: true })] }

  test('in a row, one that is added comes after the one that was chosen', () => {
    expect(edgesOf(addNode(row, { type: 'CLICK' }, 'a').body)).toEqual(['start>a', 'a>click', 'click>b'])
  })

  test('in a graph, it comes between what was chosen and what came next', () => {
    expect(edgesOf(addNode(graph, { type: 'CLICK' }, 'start').body)).toEqual(['start>click', 'fork>a:yes', 'fork>b:otherwise', 'click>fork'])
  })

  test('after a condition, one that is added takes its next way out, in a row too; what followed the condition takes the first', () => {
    const open = { type: 'CONDITION', outlets: [{ identifier: 'yes', expression: 'true' }] }
    const forked = addNode(row, open, 'a')
    expect(edgesOf(forked.body)).toEqual(['start>a', 'a>condition', 'condition>b:yes'])
    expect(edgesOf(addNode(forked.body, { type: 'CLICK' }, 'condition').body)).toContain('condition>click:otherwise')
    expect(edgesOf(addNode({ nodes: [start, fork], connections: [] }, { type: 'CLICK' }, 'fork').body)).toEqual(['start>fork', 'fork>click:yes'])
  })

  test('without a choice, one is added to the one end that there is', () => {
    expect([lastNode(row), lastNode(graph), lastNode({ nodes: [] })]).toEqual(['b', null, null])
  })

  test('of two of one type, the second gets a name of its own', () => {
    const first = addNode(row, { type: 'CLICK' }, 'a')
    expect(addNode(first.body, { type: 'CLICK' }, 'a').identifier).toBe('click_2')
  })

  test('one that is taken away leaves no gap where what follows is plain', () => {
    expect(edgesOf(removeNode(row, 'a'))).toEqual(['start>b'])
    expect(edgesOf(removeNode({ ...graph, nodes: [...graph.nodes, node('c')], connections: [...graph.connections, edge('a', 'c')] }, 'a'))).toEqual(['start>fork', 'fork>c:yes', 'fork>b:otherwise'])
  })

  test('another name is taken over by connections and templates, and by nothing that only looks like it', () => {
    const named = { ...graph, nodes: [...graph.nodes, node('say', { type: 'TRANSFORM', value: '{{ .outputs.a.x }} {{ .outputs["a"] }} {{ .outputs.ab }} a' })] }
    const renamed = renameNode(named, 'a', 'first-one')
    expect(JSON.stringify(renamed.nodes)).toContain(JSON.stringify('{{ .outputs["first-one"].x }} {{ .outputs["first-one"] }} {{ .outputs.ab }} a').slice(1, -1))
    expect(edgesOf(renamed)).toContain('fork>first-one:yes')
  })

  test('a connection takes the way out of a condition that is free, and says so when there is none', () => {
    const open = { ...graph, connections: graph.connections.slice(0, 1) }
    const first = connect(open, 'fork', 'a')
    const second = 'body' in first ? connect(first.body, 'fork', 'b') : first
    expect('body' in second && edgesOf(second.body)).toEqual(['start>fork', 'fork>a:yes', 'fork>b:otherwise'])
    expect('body' in second && connect(second.body, 'fork', 'b')).toHaveProperty('refused')
  })

  test.each([
    ['itself', 'a', 'a'],
    ['what leads to it', 'b', 'a'],
    ['a trigger', 'a', 'start'],
  ])('a step is not led to %s', (_what, from, to) => {
    expect(connect(row, from, to)).toHaveProperty('refused')
  })

  test('what was joined by its order alone is written down before a connection is taken away', () => {
    const [first] = graphOf(row).edges
    expect(edgesOf(disconnect(row, first!))).toEqual(['a>b'])
  })

  test('a connection leaves by another way', () => {
    const [, yes] = graphOf(graph).edges
    expect(edgesOf(changeOutlet(graph, yes!, null))[1]).toBe('fork>a:otherwise')
  })

  test('what cannot be drawn is left alone', () => {
    for (const strange of [null, 7, {}, { nodes: 'x' }, { nodes: [null, { identifier: 3 }, node('a')], connections: [null, edge('a', 'gone')] }]) expect(() => graphOf(strange)).not.toThrow()
  })
})

describe('templates are told what they may name', () => {
  const read = node('read', { type: 'EXTRACT', table: { target: 'table' } })
  const each = node('each-row', { type: 'FOR_EACH', nodes: [node('one', { type: 'TRANSFORM', value: { 'first name': 1 } }), node('two')] })
  const definition = { envs: [{ name: 'PORTAL' }], nodes: [node('start', { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { month: { type: 'string', title: 'Month' } } } }), read, each, node('after')], connections: [] }
  const pathsOf = (scope: string[], identifier: string): string[] => knownValues(definition, scope, identifier, ['key']).flatMap(({ values }) => values.map(({ path }) => path))

  test('inputs, what ran before, the settings and the secrets; nothing of what comes later', () => {
    expect(pathsOf([], 'after')).toEqual(['.inputs.month', '.outputs["each-row"].items', '.outputs["each-row"].count', '.outputs.read.rows', '.outputs.read.count', '.envs.PORTAL', '.secrets.key', '.run.identifier', '.run.createdAt', '.run.trigger.by.email'])
    expect(pathsOf([], 'read')).not.toContain('.outputs.read.rows')
  })

  test('inside of a loop the round, too, and what ran before the loop', () => {
    expect(pathsOf(['each-row'], 'two').slice(0, 5)).toEqual(['.item', '.index', '.inputs.month', '.outputs.one["first name"]', '.outputs.read.rows'])
  })
})

describe('faults stand where they are', () => {
  test('a path of the API is read in parts', () => {
    expect(partsOf('nodes[3].config["user name"].list[0]')).toEqual(['nodes', 3, 'config', 'user name', 'list', 0])
  })

  test('a field that is missing is marked at the beginning of what misses it', () => {
    const text = '{"nodes": [{"identifier": "a", "config": {"type": "FAIL"}}]}'
    const [mark] = placesOf(text, [{ path: 'nodes[0].config.message', code: 'x', message: 'is missing' }])
    expect(text.slice(mark!.from)).toMatch(/^\{"type"/)
    expect(mark!.to - mark!.from).toBe(1)
  })

  test('a text that is no JSON says where', () => {
    expect(readJson('{"a": }')).toEqual({ marks: [expect.objectContaining({ from: 6 })] })
  })

  test('a place inside of a loop is known by its loops', () => {
    const value = { nodes: [node('each', { type: 'FOR_EACH', nodes: [node('inner')] })] }
    expect(nodeAt(value, ['nodes', 0, 'config', 'nodes', 0, 'config', 'target'])).toEqual({ scope: ['each'], node: 'inner' })
    expect(nodeAt(value, ['nodes', 0, 'identifier'])).toEqual({ scope: [], node: 'each' })
  })
})
