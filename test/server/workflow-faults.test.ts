import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type Json, type TestServer } from '../harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

type Fault = { path: string; code: string; message: string }
const faultsOf = async (definition: unknown): Promise<Fault[]> => {
  const { status, body } = await server.call('POST', '/api/v1/workflows/validate', JSON.stringify(definition))
  expect({ status, valid: body.valid }).toEqual({ status: 200, valid: (body.faults as Fault[]).length === 0 })
  return body.faults as Fault[]
}
const brief = (faults: Fault[]): string[] => faults.map(({ path, code }) => `${path} ${code}`)

const step = (identifier: string, config: Json = { type: 'TRANSFORM', value: 1 }, rest: Json = {}): Json => ({ identifier, config, ...rest })
const link = (from: string, to: string, rest: Json = {}): Json => ({ sourceIdentifier: from, targetIdentifier: to, ...rest })
const of = (nodes: Json[], connections: Json[] = [], rest: Json = {}): Json => ({ identifier: 'w', nodes, connections, ...rest })
const TRIGGER = step('start', { type: 'SELF_SERVE_TRIGGER' })

test('a definition that is wrong in every way is refused with all faults at once, each with its path', async () => {
  const given = of(
    [
      step('a b'),
      step('dup'),
      step('dup', { type: 'CLICKK', target: 'x' }),
      step('delay', { type: 'DELAY', ms: -1, for: 3 }),
      step('bad_template', { type: 'TRANSFORM', value: { deep: ['{{ .inputs.x | nonsense( }}'] } }),
      step('late', undefined, { retry: { maxAttempts: 11 }, timeout: 5 }),
      TRIGGER,
    ],
    [link('dup', 'nobody'), link('delay', 'bad_template'), link('bad_template', 'delay'), link('late', 'late'), link('late', 'start')],
    { identifier: '', titel: 'x', settings: { locale: 'no such', viewport: { width: 1, height: 800 } } },
  )
  const { status, body } = await server.call('POST', '/api/v1/workflows', given)
  expect({ status, code: body.code }).toEqual({ status: 422, code: 'invalid_workflow' })
  expect(brief(body.details as Fault[]).sort()).toEqual(
    [
      'connections cycle',
      'connections[0].targetIdentifier unknown_node',
      'connections[3] self_connection',
      'connections[4].targetIdentifier trigger_target',
      'identifier invalid_format',
      'identifier too_small',
      'nodes[0].identifier invalid_format',
      'nodes[2].config.type unknown_type',
      'nodes[2].identifier duplicate',
      'nodes[3].config.for unknown_field',
      'nodes[3].config.ms too_small',
      'nodes[4].config.value.deep[0] template_error',
      'nodes[5].retry.maxAttempts too_big',
      'nodes[5].timeout unknown_field',
      'settings.locale custom',
      'settings.viewport.width too_small',
      'titel unknown_field',
    ].sort(),
  )
  expect(body.details).toContainEqual(expect.objectContaining({ path: 'nodes[2].config.type', message: 'There is no step type "CLICKK". Did you mean CLICK?' }))
  expect(body.error).toContain('(and 16 more)')
})

describe('the graph', () => {
  const rows: [name: string, definition: Json, faults: string[]][] = [
    ['a cycle', of([TRIGGER, step('a'), step('b')], [link('start', 'a'), link('a', 'b'), link('b', 'a')]), ['connections cycle']],
    ['a cycle that no trigger leads to, where none is named', of([step('a'), step('b')], [link('a', 'b'), link('b', 'a')]), ['connections cycle']],
    ['an end that is not there', of([step('a')], [link('a', 'x'), link('y', 'a')]), ['connections[0].targetIdentifier unknown_node', 'connections[1].sourceIdentifier unknown_node']],
    ['a node that nothing leads to', of([TRIGGER, step('a'), step('b')], [link('start', 'a')]), ['nodes[2] unreachable']],
    ['a trigger as a target', of([TRIGGER, step('a')], [link('a', 'start')]), ['connections[0].targetIdentifier trigger_target']],
    ['a connection given twice', of([TRIGGER, step('a')], [link('start', 'a'), link('start', 'a')]), ['connections[1] duplicate']],
    ['an outlet of a node that has none', of([TRIGGER, step('a')], [link('start', 'a', { sourceOutletIdentifier: 'yes' })]), ['connections[0] no_outlets']],
    ['the name of the assumed trigger', of([step('trigger')]), ['nodes[0].identifier reserved']],
    ['triggers only', of([TRIGGER]), ['nodes no_steps']],
    ['a malformed connection does not make its nodes unreachable', of([TRIGGER, step('a')], [link('start', 'a', { to: 'a' })]), ['connections[0].to unknown_field']],
    ['faults after a malformed connection keep their place', of([step('a')], [{}, link('a', 'x')]), [
      'connections[0].sourceIdentifier invalid_type', 'connections[0].targetIdentifier invalid_type', 'connections[1].targetIdentifier unknown_node',
    ]],
  ]
  test.each(rows)('%s', async (_name, definition, faults) => {
    expect(brief(await faultsOf(definition)).sort()).toEqual(faults.sort())
  })
})

describe('the shape', () => {
  const rows: [name: string, definition: unknown, faults: string[]][] = [
    ['nothing', {}, ['identifier invalid_type', 'nodes invalid_type']],
    ['no object', [], [' invalid_type']],
    ['nodes that are none', { identifier: 'w', nodes: [1, null, {}] }, ['nodes[0] invalid_type', 'nodes[1] invalid_type', 'nodes[2].config invalid_type', 'nodes[2].identifier invalid_type']],
    ['no nodes', of([]), ['nodes too_small']],
    ['more than 100 nodes', of(Array.from({ length: 101 }, (_, index) => step(`n${index}`))), ['nodes too_big']],
    ['a reserved word as a name', of([step('__proto__'), step('constructor')]), ['nodes[0].identifier custom', 'nodes[1].identifier custom']],
    ['a reserved word as a key, which JSON lets through', JSON.parse('{"identifier":"w","nodes":[{"identifier":"a","config":{"type":"TRANSFORM","value":{"__proto__":{"x":1}}},"variables":{"__proto__":1}}]}'), [
      'nodes[0].config.value.__proto__ reserved_name', 'nodes[0].variables.__proto__ reserved_name',
    ]],
    ['an env that is no name, and one that is no text', of([step('a')], [], { envs: [{ name: '1A', value: 'x' }, { name: 'B', value: 1 }] }), ['envs[0].name invalid_format', 'envs[1].value invalid_type']],
    ['an input rule that is misspelt', of([step('s', { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { a: { type: 'string', minLenght: 1 } }, required: ['b'] } }), step('a')]), [
      'nodes[0].config.userInputs.properties.a.minLenght unknown_field', 'nodes[0].config.userInputs.required[0] custom',
    ]],
    ['a value of a union is judged by the one it was meant for', of([step('a', { type: 'USER_INPUT', title: 't', userInputs: { properties: { a: { type: 'string', default: { jqQuery: 5 } } } } })]), [
      'nodes[0].config.userInputs.properties.a.default.jqQuery invalid_type',
    ]],
    ['what a step needs and is not there', of([step('a', { type: 'DELAY' }), step('b', { type: 'FAIL' }), step('c', { type: 'USER_INPUT' })]), [
      'nodes[0].config custom', 'nodes[1].config.message invalid_type', 'nodes[2].config.title invalid_type',
    ]],
  ]
  test.each(rows)('%s', async (_name, definition, faults) => {
    expect(brief(await faultsOf(definition)).sort()).toEqual(faults.sort())
  })

  test('more faults than anybody mends at once are cut off', async () => {
    const nonsense = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, '{{ foo( }}']))
    expect(await faultsOf(of([step('a')], [], nonsense))).toHaveLength(1000)
    expect(await faultsOf(of([step('a', { type: 'TRANSFORM', value: nonsense })]))).toHaveLength(1000)
  })

  test('nesting without end is refused, and breaks nothing', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const definition = `{"identifier":"w","nodes":[{"identifier":"a","config":{"type":"TRANSFORM","value":${deep}}}]}`
    const { status, body } = await server.call('POST', '/api/v1/workflows', definition)
    expect({ status, faults: brief(body.details as Fault[]) }).toEqual({ status: 422, faults: [expect.stringMatching(/^nodes\[0\]\.config\.value\[0\].* too_deep$/)] })
  })
})

describe('templates', () => {
  test('are taken where a number, a flag or a choice is wanted, because their value is not known yet', async () => {
    const definition = of([
      step('delay', { type: 'DELAY', ms: '{{ .inputs.ms }}' }),
      step('ask', { type: 'USER_INPUT', title: '{{ .inputs.title }}', timeoutMs: '{{ .inputs.ms }}', onTimeout: '{{ .inputs.how }}', buttons: '{{ .inputs.buttons }}' }),
      step('hook', { type: 'WEBHOOK', url: '{{ .envs.URL }}/x', method: '{{ .inputs.method }}', synchronized: '{{ .inputs.now }}', timeoutMs: '{{ 5 * 100 }}' }),
      step('end', { type: 'TRANSFORM', value: { a: '{{ .outputs["hook"].response.data[0] }}', b: 'x {{ [.inputs | keys[]] | join(",") }}' } }),
    ])
    expect(await faultsOf(definition)).toEqual([])
  })

  test('excuse no other field of the same step', async () => {
    expect(brief(await faultsOf(of([step('a', { type: 'DELAY', ms: '{{ .inputs.ms }}', unit: '{{ .inputs.unit }}' })])))).toEqual(['nodes[0].config.unit unknown_field'])
  })

  test('that jq cannot read are named with their field, in variables too', async () => {
    const definition = of([step('a', { type: 'TRANSFORM', value: '{{ .a | }}' }, { variables: { x: ['{{ .response', '{{ foo }}'] } })])
    expect(brief(await faultsOf(definition))).toEqual(['nodes[0].config.value template_error', 'nodes[0].variables.x[0] template_error', 'nodes[0].variables.x[1] template_error'])
  })

  test('of a step that is called otherwise elsewhere names what it is here', async () => {
    expect((await faultsOf(of([step('a', { type: 'INPUT' })])))[0]).toMatchObject({ code: 'unknown_type', message: expect.stringContaining('USER_INPUT') })
  })

  test('stand in links, too', async () => {
    const definition = of([step('a', { type: 'TRANSFORM', value: 1 }, { links: ['https://x/{{ .response.id }}', '{{ .respones.id }}', '{{ .a | }}'] })])
    expect(brief(await faultsOf(definition)).toSorted()).toEqual(['nodes[0].links[1] unknown_variable', 'nodes[0].links[2] template_error'])
  })

  test('that name what is nowhere are told, and no program is that makes its own names', async () => {
    const loop = { type: 'FOR_EACH', items: '{{ .item }}', nodes: [step('in', { type: 'TRANSFORM', value: ['{{ .item.a }}', '{{ .index }}', '{{ .items }}', '{{ .outputs.a }}'] })] }
    const plain = ['{{ .wrokflowRun.id }}', 'x {{ ["response"] }} {{.response}}', '{{ .["env"].A }}', '{{ .outputs["x-y"] }}', '{{ .run.id }} {{ .workflowRun.trigger.by.email }} {{ .workflowNodeRun.identifier }} {{ .workflow.versionIdentifier }}', '{{ . }}']
    const programs = ['{{ .a | .b }}', '{{ [.inputs.rows[] | .name] }}', '{{ reduce .inputs.rows[] as $row (0; . + $row.sum) }}', '{{ .inputs as {a: $a} | $a }}', '{{ .nothing // "x" }}', '{{ {a: .inputs.a} | .a }}']
    const definition = of([step('a', { type: 'TRANSFORM', value: { plain, programs } }, { variables: { v: '{{ .response.x }} {{ .result.response.x }} {{ .respones }}' } }), step('each', loop)])
    const faults = await faultsOf(definition)
    expect(brief(faults).toSorted()).toEqual([
      'nodes[0].config.value.plain[0] unknown_variable', 'nodes[0].config.value.plain[1] unknown_variable', 'nodes[0].config.value.plain[2] unknown_variable', 'nodes[0].variables.v unknown_variable',
      'nodes[1].config.items unknown_variable', 'nodes[1].config.nodes[0].config.value[2] unknown_variable',
    ])
    expect(faults[0]?.message).toContain('There are .inputs, .outputs')
  })
})

test('validating stores nothing, whether or not the definition is valid', async () => {
  expect(await server.call('POST', '/api/v1/workflows/validate', of([step('a')], [], { identifier: 'only_checked' }))).toMatchObject({ status: 200, body: { valid: true, faults: [] } })
  expect((await server.call('POST', '/api/v1/workflows/validate')).body).toMatchObject({ valid: false })
  expect((await server.call('GET', '/api/v1/workflows')).body).toMatchObject({ workflows: [], pagination: { total: 0 } })
})

test('a misspelt field of a target is told, also when its value is a template', async () => {
  const target = { role: 'button', nam: '{{ .inputs.name }}' }
  expect(await faultsOf(of([step('click', { type: 'CLICK', target })]))).toEqual([{ path: 'nodes[0].config.target.nam', code: 'custom', message: 'A target by role has no field "nam".' }])
  expect(await faultsOf(of([step('click', { type: 'CLICK', target: { lable: '{{ .inputs.name }}' } })]))).toEqual([{ path: 'nodes[0].config.target', code: 'custom', message: expect.stringContaining('There is no field "lable"') }])
  expect(await faultsOf(of([step('click', { type: 'CLICK', target: { role: 'button', name: '{{ .inputs.name }}' } })]))).toEqual([])
})

test('onFailure in the config, where Port has it, must be known and not contradict the node', async () => {
  const action = (onFailure: string, rest: Json = {}) => of([step('ask', { type: 'INTEGRATION_ACTION', installationId: 'gh', onFailure }, rest)])
  const path = 'nodes[0].config.onFailure'
  expect(await faultsOf(action('continue'))).toEqual([])
  expect(await faultsOf(action('continue', { onFailure: 'continue' }))).toEqual([])
  expect(brief(await faultsOf(action('continue', { onFailure: 'terminate' })))).toEqual([`${path} contradiction`])
  expect(brief(await faultsOf(action('goOn')))).toEqual([`${path} invalid_value`])
  expect(brief(await faultsOf(action('{{ .inputs.how }}')))).toEqual([`${path} invalid_value`])
})
