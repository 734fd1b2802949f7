import { isLoop } from '../../runner/model/node-kind.ts'
import type { KnownValues } from './known-values.ts'

type Config = Record<string, unknown> & { type: string }

const LABELLED = { target: { label: '' } }
/** With what a step begins that is added: the fields that it is about, to be filled in. */
const BEGINNINGS: Record<string, Record<string, unknown>> = {
  NAVIGATE: { url: '' },
  CLICK: { target: { role: 'button', name: '' } },
  FILL: { ...LABELLED, value: '' },
  TYPE: { ...LABELLED, value: '' },
  CHECK: LABELLED,
  SELECT_OPTION: { ...LABELLED, value: '' },
  DOWNLOAD: { target: { role: 'link', name: '' } },
  EXTRACT: { table: { target: 'table' } },
  CONDITION: { outlets: [{ identifier: 'yes', title: 'Yes', expression: '' }] },
  USER_INPUT: { title: '', userInputs: { properties: {} } },
  SELF_SERVE_TRIGGER: { userInputs: { properties: {} } },
  DELAY: { ms: 1000 },
  TRANSFORM: { value: '' },
}

/** The list that is nearest: what a table gave. */
const listOf = (known: KnownValues): string => known.flatMap(({ values }) => values).find(({ path }) => path.endsWith('.rows'))?.path ?? '.inputs'

/** What a new step of a type is at first. @param known what its templates may name */
export const newConfig = (type: string, known: KnownValues): Config => {
  if (!isLoop(type)) return { type, ...structuredClone(BEGINNINGS[type] ?? {}) }
  // A loop needs something inside.
  const nodes = [{ identifier: 'first', config: { type: 'TRANSFORM', value: type === 'FOR_EACH' ? '{{ .item }}' : '{{ .index }}' } }]
  return type === 'FOR_EACH' ? { type, items: `{{ ${listOf(known)} }}`, nodes } : { type, condition: '.index < 3', maxIterations: 10, nodes }
}
