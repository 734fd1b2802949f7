import { afterAll, describe, expect, test } from 'vitest'
import { createJq } from '../../../runner/jq.ts'
import type { Problem } from '../../../runner/model/problem.ts'
import { secretPaths } from '../../../runner/model/secret-paths.ts'
import { checkTemplates, evaluateProgram, evaluateTemplates, type JqEvaluate, parseTemplate, templatePaths } from '../../../runner/model/template.ts'

const jq = createJq()
afterAll(() => jq.close())

const noJq: JqEvaluate = () => Promise.reject(new Error('A plain path went to jq.'))

const variables = {
  inputs: { user: 'ann', password: 'hunter2', pin: '12', n: 3 },
  outputs: {
    start: { user: 'ann', password: 'hunter2' },
    'my-node': { x: [1, 2] },
    list: { rows: [{ id: 1 }, { id: 2 }], none: null, text: 'a "b"', ok: true, big: 1e21 },
  },
  secrets: { token: 'sssh', db: { user: 'root', password: 'toor' } },
}
const secrets = secretPaths([{ identifier: 'start', userInputs: { properties: { password: { format: 'password' }, pin: { format: 'password' } } } }])

const evaluate = (value: unknown, using: JqEvaluate = jq.evaluateAll) => evaluateTemplates(value, variables, using, { path: 'config', secrets })
const valueOf = async (value: unknown, using?: JqEvaluate) => (await evaluate(value, using)).value
const faultsOf = (value: unknown) => evaluate(value).then(() => [], (error: Problem) => (error.details as { faults: unknown }).faults)

describe('finding templates', () => {
  const programs: [source: string, parts: (string | [string])[]][] = [
    ['', []],
    ['no template } }} { here', ['no template } }} { here']],
    ['{{ .a }}', [[' .a ']]],
    ['{{.a}}{{.b}}', [['.a'], ['.b']]],
    ['a {{ .a }} b {{ .b }} c', ['a ', [' .a '], ' b ', [' .b '], ' c']],
    ['{{ {a: {b: 1}} }}', [[' {a: {b: 1}} ']]],
    ['{{ {a: {b: 1}}}}', [[' {a: {b: 1}}']]],
    ['{{{a:{b:{}}}}} }}', [['{a:{b:{}}}'], ' }}']],
    ['{{ "}}" }}', [[' "}}" ']]],
    ['{{ "{{" }}{{ "}" + "}" }}', [[' "{{" '], [' "}" + "}" ']]],
    ['{{ "\\"}}" }}x', [[' "\\"}}" '], 'x']],
    ['{{ "a \\(.b | "}} \\({c: "\\(1)}}"}) ") }}" }}.', [[' "a \\(.b | "}} \\({c: "\\(1)}}"}) ") }}" '], '.']],
    ['{{ "\\\\" }} "', [[' "\\\\" '], ' "']],
    ['{{ .a # it is "open }} b', [[' .a # it is "open '], ' b']],
    ['{{ .a # "}\n | .b }} c', [[' .a # "}\n | .b '], ' c']],
    ['{{ [.a }} {{ .b }}', [[' [.a '], ' ', [' .b ']]],
    ['{{ {a: (1 }} b', [[' {a: (1 '], ' b']],
    ['{{ .a) }} b', [[' .a) '], ' b']],
    ['{{ "\\(.a }} b', [[' "\\(.a '], ' b']],
    ['{"a": {{ .a }}}', ['{"a": ', [' .a '], '}']],
    ['function () {{ return 1 }}', ['function () ', [' return 1 ']]],
  ]
  test.each(programs)('%s', (source, parts) => {
    const found = parseTemplate(source)
    expect(found.fault).toBeUndefined()
    expect(found.parts.map((part) => (typeof part === 'string' ? part : [part.program]))).toEqual(parts)
    expect(found.parts.every((part) => typeof part === 'string' || source.startsWith(`{{${part.program}}}`, part.at))).toBe(true)
  })

  test.each<[source: string, fault: string]>([
    ['{{ .a', 'the {{ at character 1 is not closed by }}'],
    ['ok {{ .a }} {{ .b }', 'the {{ at character 13 is not closed by }}'],
    ['{{ {a: .b }} and', 'the {{ at character 1 is not closed by }}'],
    ['{{ .a == "x }}', 'the {{ at character 1 is not closed by }} (a text that starts with " has no end in it)'],
    ['x {{  }}', 'the {{ }} at character 3 is empty'],
    ['{{}}', 'the {{ }} at character 1 is empty'],
  ])('%s has a fault, and says where', (source, fault) => {
    expect(parseTemplate(source).fault).toBe(fault)
  })
})

describe('evaluating templates', () => {
  test.each<[template: string, value: unknown]>([
    ['{{ .outputs.list.rows }}', variables.outputs.list.rows],
    [' \n{{ .inputs.n }}\t', 3],
    ['{{ .outputs["my-node"].x[-1] }}', 2],
    ['{{ .outputs.list.ok }}', true],
    ['{{ .outputs.nothing.at.all }}', null],
    ['{{ .inputs.user.name? }}', null],
    ['{{ . }}', variables],
    ['{{.inputs.user}}{{.inputs.n}}', 'ann3'],
    ['Hello {{ .inputs.user }}!', 'Hello ann!'],
    ['n={{ .inputs.n }}, ok={{ .outputs.list.ok }}', 'n=3, ok=true'],
    ['rows: {{ .outputs.list.rows }}', 'rows: [{"id":1},{"id":2}]'],
    ['none: {{ .outputs.list.none }}{{ .outputs.nothing }}.', 'none: .'],
    ['text: {{ .outputs.list.text }}', 'text: a "b"'],
    ['no template', 'no template'],
    ['', ''],
  ])('%s needs no jq', async (template, value) => {
    expect(await valueOf(template, noJq)).toEqual(value)
  })

  test.each<[template: string, value: unknown]>([
    ['{{ .outputs.list.rows | map(.id) }}', [1, 2]],
    ['{{ .outputs.list.rows[].id | select(. == 2) }}', 2],
    ['{{ .outputs.list.rows | length }} rows', '2 rows'],
    ['{{ {a: {b: .inputs.n}} }}', { a: { b: 3 } }],
    ['{{ "}} \\(.inputs.user)" }}', '}} ann'],
    ['{{ "{{" }} .a }}', '{{ .a }}'],
    ['{{ .outputs.list.rows[] | select(.id > 9) }}', null],
    ['<{{ empty }}>', '<>'],
    ['{{ 1 + 1 # two }}', 2],
    ['{{ .inputs.user | ascii_upcase }} {{ .inputs.user }}', 'ANN ann'],
  ])('%s is asked of jq', async (template, value) => {
    expect(await valueOf(template)).toEqual(value)
  })

  test('reaches every text in a config, but no keys, and leaves the config as it was', async () => {
    const config = { url: '{{ .inputs.user }}', deep: [{ '{{ .a }}': ['{{ .inputs.n }}', 7, null, true] }], plain: 'x' }
    const copy = structuredClone(config)
    expect(await valueOf(config, noJq)).toEqual({ url: 'ann', deep: [{ '{{ .a }}': [3, 7, null, true] }], plain: 'x' })
    expect(config).toEqual(copy)
    expect(JSON.stringify(await valueOf(JSON.parse('{"__proto__": "{{ .inputs.n }}"}'), noJq))).toBe('{"__proto__":3}')
  })

  test('asks jq once for a whole config, and for each program once', async () => {
    const asked: (readonly string[])[] = []
    const config = { a: '{{ 1 + 1 }}', b: ['x {{ 1 + 1 }} {{ 2 + 2 }}'], c: '{{ .inputs.n }}' }
    const value = await valueOf(config, (programs, input) => {
      asked.push(programs)
      return jq.evaluateAll(programs, input)
    })
    expect(value).toEqual({ a: 2, b: ['x 2 4'], c: 3 })
    expect(asked).toEqual([[' 1 + 1 ', ' 2 + 2 ']])
  })

  test('an error names the field and the program', async () => {
    await expect(evaluate({ body: { x: 'no {{ .inputs.user.name }}' } })).rejects.toMatchObject({
      code: 'template_error',
      message: 'config.body.x: {{ .inputs.user.name }}: Cannot index string with string "name"',
      details: { faults: [{ path: 'config.body.x', code: 'template_error', message: '{{ .inputs.user.name }}: Cannot index string with string "name"' }] },
    })
  })

  test('several errors are all told, those of jq, of plain paths and of the braces', async () => {
    const config = { a: '{{ .inputs.n.x }}', 'b-c': ['ok', '{{ .inputs.n | keys }} {{ error("no") }}'], d: 'and {{ .x', e: '{{ .inputs.n }}', f: '{{ 1, 2 }}' }
    expect(await faultsOf(config)).toEqual([
      { path: 'config.d', code: 'template_error', message: 'the {{ at character 5 is not closed by }}' },
      { path: 'config.a', code: 'template_error', message: '{{ .inputs.n.x }}: Cannot index number with string "x"' },
      { path: 'config["b-c"][1]', code: 'template_error', message: '{{ .inputs.n | keys }}: number (3) has no keys' },
      { path: 'config["b-c"][1]', code: 'template_error', message: '{{ error("no") }}: no' },
      { path: 'config.f', code: 'template_error', message: '{{ 1, 2 }}: gives 2 values; wrap it in [ ] to get a list' },
    ])
    await expect(evaluate(config)).rejects.toThrow('config.d: the {{ at character 5 is not closed by }} (and 4 more)')
  })

  test('a program that never ends fails its field and no other', async () => {
    expect(await faultsOf({ a: '{{ 1 + 1 }}', b: '{{ def f: f; f }}' })).toEqual([
      { path: 'config.b', code: 'template_error', message: '{{ def f: f; f }}: ran longer than 1 s' },
    ])
  })

  test('a single program, as in a condition, gives what a template of it alone would', async () => {
    expect(await evaluateProgram('.inputs.n == 3', variables, jq.evaluateAll, 'config.if')).toBe(true)
    expect(await evaluateProgram('.inputs.n', variables, noJq, 'config.if')).toBe(3)
    expect(await evaluateProgram('empty', variables, jq.evaluateAll, 'config.if')).toBeNull()
    await expect(evaluateProgram('.inputs.n.x', variables, noJq, 'config.if')).rejects.toMatchObject({
      code: 'template_error',
      message: 'config.if: {{ .inputs.n.x }}: Cannot index number with string "x"',
    })
  })
})

describe('secrets in templates', () => {
  test('are in the value, not in what is shown, and the fields are told', async () => {
    const config = {
      value: '{{ .inputs.password }}',
      header: 'Bearer {{ .secrets.token }} for {{ .inputs.user }}',
      db: '{{ .secrets.db }}',
      same: ['{{ .outputs.start.password }}', '{{ .outputs.start.user }}'],
      pin: 'pin {{ .inputs.pin }}',
      hash: '{{ .inputs.password | explode | add }}',
      none: '{{ .secrets.nothing // null }}',
    }
    expect(await evaluate(config)).toEqual({
      value: {
        value: 'hunter2', header: 'Bearer sssh for ann', db: { user: 'root', password: 'toor' }, same: ['hunter2', 'ann'], pin: 'pin 12',
        hash: 712, none: null,
      },
      redacted: {
        value: '[redacted]', header: 'Bearer [redacted] for ann', db: '[redacted]', same: ['[redacted]', 'ann'], pin: 'pin [redacted]',
        hash: '[redacted]', none: null,
      },
      secretFields: ['config.value', 'config.header', 'config.db', 'config.same[0]', 'config.pin', 'config.hash'],
    })
  })

  const missing: [source: string, fault: string | null][] = [
    ['{{ .secrets.nothing }}', 'there is no secret "nothing"'],
    ['a {{ .secrets["no-thing"] }}', 'there is no secret "no-thing"'],
    ['{{ .secrets.nothing.user }}', 'there is no secret "nothing"'],
    ['{{ "Bearer " + .secrets.nothing | @base64 }}', 'there is no secret "nothing"'],
    ['{{ "\\(.secrets.nothing)" }}', 'there is no secret "nothing"'],
    ['{{ .secrets.nothing? }}', null],
    ['{{ .secrets.nothing // "none" }}', null],
    ['{{ if .secrets.nothing then 1 else 2 end }}', null],
    // What they are relative to is for jq to know.
    ['{{ .outputs | .secrets.nothing }}', null],
    ['{{ [.outputs.list.rows[]] | map(.secrets.nothing) }}', null],
    ['{{ .outputs.secrets.nothing }}', null],
    ['{{ .inputs.nothing }}', null],
  ]
  test.each(missing)('one that is not there is told, unless the program says what to do without: %s', async (source, fault) => {
    expect(await faultsOf({ field: source })).toEqual(fault === null ? [] : [{ path: 'config.field', code: 'template_error', message: expect.stringContaining(fault) }])
  })

  test('are hidden in whatever holds them', async () => {
    expect((await evaluate({ all: '{{ .inputs }}', text: 'all: {{ .inputs }}' })).redacted).toEqual({
      all: { user: 'ann', password: '[redacted]', pin: '[redacted]', n: 3 },
      text: 'all: {"user":"ann","password":"[redacted]","pin":"[redacted]","n":3}',
    })
    expect(((await evaluate('{{ . }}')).redacted as typeof variables).secrets).toBe('[redacted]')
  })

  test('a config without any is shown as it is', async () => {
    const { value, redacted, secretFields } = await evaluate({ a: '{{ .inputs.user }}' })
    expect(redacted).toBe(value)
    expect(secretFields).toEqual([])
  })
})

describe('checking templates when a workflow is saved', () => {
  test('finds open braces and programs that do not compile, and says where', async () => {
    const config = {
      url: '{{ .envs.URL }}/login', bad: 'x {{ .a | }}', open: ['{{ .a'], lines: 'one\n{{ .a\n| foo }}', loop: '{{ def f: f; f }}', dash: '{{ .outputs.my-node }}',
      empty: '{{ }}',
    }
    expect(await checkTemplates(config, jq.compileAll, 'nodes[2].config')).toEqual([
      { path: 'nodes[2].config.bad', code: 'template_error', message: '{{ .a | }}: syntax error, unexpected end of file' },
      { path: 'nodes[2].config.open[0]', code: 'template_error', message: 'the {{ at character 1 is not closed by }}' },
      { path: 'nodes[2].config.lines', code: 'template_error', message: '{{ .a\n| foo }}: foo/0 is not defined (line 3)' },
      { path: 'nodes[2].config.dash', code: 'template_error', message: '{{ .outputs.my-node }}: node/0 is not defined' },
      { path: 'nodes[2].config.empty', code: 'template_error', message: 'the {{ }} at character 1 is empty' },
    ])
  })

  test('asks nobody about plain paths', async () => {
    expect(await checkTemplates({ a: '{{ .a.b[0] }} {{ . }}' }, () => Promise.reject(new Error('asked')), '')).toEqual([])
  })
})

describe('what templates name', () => {
  test('is listed field by field', () => {
    expect(templatePaths({ a: '{{ .outputs["my-node"].x[0] }}', b: ['{{ .outputs.a.rows | map(.id + .inputs.n) | "\\(.secrets.x) .no" }} {{ . }}'] }, 'config')).toEqual([
      { field: 'config.a', program: '.outputs["my-node"].x[0]', plain: true, paths: [['outputs', 'my-node', 'x', 0]] },
      {
        field: 'config.b[0]', program: '.outputs.a.rows | map(.id + .inputs.n) | "\\(.secrets.x) .no"', plain: false,
        paths: [['outputs', 'a', 'rows'], ['id'], ['inputs', 'n'], ['secrets', 'x']],
      },
      { field: 'config.b[0]', program: '.', plain: true, paths: [[]] },
    ])
  })

  test.each<[program: string, paths: unknown]>([
    ['.a # .b\n| .c', [['a'], ['c']]],
    ['$x.b + (.c).d + .e[].f', [['c'], ['e']]],
    ['.. | .a? // 1.5', [['a']]],
    ['[.outputs[]]', [['outputs']]],
    ['{a: .b, "c": .["d"]}', [['b'], ['d']]],
    ['if .a.b == ".x" then .c else .d end', [['a', 'b'], ['c'], ['d']]],
  ])('%s', (program, paths) => {
    expect(templatePaths(`{{ ${program} }}`)[0]?.paths).toEqual(paths)
  })
})
