import { z } from 'zod'
import { defineStep, done } from '../lib/step.ts'

const identifier = z.string().min(1).max(60)
const expression = z.string().min(1).max(50_000)

/** The three spellings that Port's documentation has had, oldest last; what is sent is stored and echoed, what runs is the same. */
const outlets = z.strictObject({
  outlets: z
    .array(z.strictObject({ identifier, title: z.string().max(100).optional(), expression, statusLabel: z.unknown().optional(), workflowStatusLabel: z.unknown().optional() }))
    .min(1)
    .max(50),
})
const options = z.strictObject({ options: z.array(z.strictObject({ identifier, title: z.string().max(100).optional(), expression })).min(1).max(50) })
const conditions = z.strictObject({
  conditions: z.array(z.strictObject({ title: z.string().max(100).optional(), expression, connectionIdentifier: identifier })).min(1).max(50),
  defaultConnectionIdentifier: identifier.optional(),
})

type Choice = { identifier: string; title: string | undefined; expression: string; path: string }

const choicesOf = (config: z.output<typeof outlets> | z.output<typeof options> | z.output<typeof conditions>): Choice[] => {
  const [name, list] =
    'conditions' in config
      ? (['conditions', config.conditions.map(({ connectionIdentifier, ...rest }) => ({ ...rest, identifier: connectionIdentifier }))] as const)
      : 'outlets' in config
        ? (['outlets', config.outlets] as const)
        : (['options', config.options] as const)
  return list.map(({ identifier: id, title, expression: program }, index) => ({ identifier: id, title, expression: program, path: `${name}[${index}].expression` }))
}

export default defineStep({
  summary: 'Choose a path: the first outlet whose jq expression gives true, else the fallback.',
  kind: 'condition',
  config: z.union([outlets, options, conditions]),
  asWritten: ['outlets', 'options', 'conditions'],
  async run({ jq }, config) {
    for (const { identifier: selected, title, expression: program, path } of choicesOf(config)) {
      // As in jq's own `if`, but only true counts: a text that is not empty is no yes.
      if ((await jq(program, path)) === true) return done({ selected, title: title ?? null })
    }
    return done({ selected: null, title: null })
  },
})
