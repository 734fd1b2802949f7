import { expect, test } from 'vitest'
import { namedSecrets } from '../../../runner/model/named-secrets.ts'
import { workflowSchema } from '../../../runner/model/workflow.ts'

const namedBy = (value: unknown, config: Record<string, unknown> = {}): string[] | null =>
  namedSecrets(workflowSchema.parse({ identifier: 'w', nodes: [{ identifier: 'n', config: { type: 'X', value, ...config } }] }))

const named: [program: unknown, names: string[] | null][] = [
  ['no template, though it speaks of .secrets', []],
  ['nothing', []],
  ['{{ .inputs.secrets }}', []],
  ['{{ .secrets.A }}', ['A']],
  ['Bearer {{ .secrets["my-name"] }} and {{ .secrets.B }}', ['my-name', 'B']],
  [['{{ .secrets.A }}', { deep: '{{ [.secrets.B, .secrets.A] | join("") }}' }], ['A', 'B']],
  ['{{ "\\(.secrets.A):x" | @base64 }}', ['A']],
  ['{{ .inputs | .secrets.A }}', ['A']],
  ['{{ .secrets[.inputs.which] }}', null],
  ['{{ .secrets | keys }}', null],
  ['{{ .["secrets"]["A"] }}', ['A']],
]
test.each(named)('%j names %j', (value, names) => {
  expect(namedBy(value)).toEqual(names)
})

test('programs without braces count, and so does what is inside of loops, in variables and in the check of a session', () => {
  const inside = { nodes: [{ identifier: 'b', config: { type: 'CONDITION', outlets: [{ identifier: 'o', expression: '.secrets.A == "x"' }] } }] }
  expect(namedBy(null, inside)).toEqual(['A'])
  const workflow = workflowSchema.parse({ identifier: 'w', settings: { loggedIn: { open: 'http://a/{{ .secrets.B }}', target: 'h1' } }, nodes: [{ identifier: 'n', config: { type: 'X' }, variables: { v: '{{ .secrets.C }}' } }] })
  expect(namedSecrets(workflow)).toEqual(['C', 'B'])
})
