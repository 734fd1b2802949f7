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

type Choice = { identifier: string; title: string | undefined; expression: string }

const choicesOf = (config: z.output<typeof outlets> | z.output<typeof options> | z.output<typeof conditions>): Choice[] => {
  if ('conditions' in config) return config.conditions.map(({ connectionIdentifier, title, expression: program }) => ({ identifier: connectionIdentifier, title, expression: program }))
  return ('outlets' in config ? config.outlets : config.options).map(({ identifier: id, title, expression: program }) => ({ identifier: id, title, expression: program }))
}

export default defineStep({
  summary: 'Choose a path: the first outlet whose jq expression gives true, else the fallback.',
  kind: 'condition',
  config: z.union([outlets, options, conditions]),
  asWritten: ['outlets', 'options', 'conditions'],
  async run({ jq }, config) {
    for (const { identifier: selected, title, expression: program } of choicesOf(config)) {
      // As in jq's own `if`, but only true counts: a text that is not empty is no yes.
      if ((await jq(program)) === true) return done({ selected, title: title ?? null })
    }
    return done({ selected: null, title: null })
  },
})
