import { z } from 'zod'
import { bodySchema } from '../../runner/model/workflow.ts'
import { problem } from '../../runner/model/problem.ts'
import { defineStep, loop } from '../lib/step.ts'

export default defineStep({
  summary: 'Run nodes once for each item of a list; inside, templates see .item and .index.',
  config: z.strictObject({
    items: z.array(z.unknown()),
    ...bodySchema.shape,
    concurrency: z.int().min(1).max(20).default(1),
    maxItems: z.int().min(1).max(100_000).default(10_000),
  }),
  asWritten: ['nodes', 'connections'],
  run(_context, { items, nodes, connections, concurrency, maxItems }) {
    if (items.length > maxItems) throw problem('validation_failed', `There are ${items.length} items, more than maxItems allows: ${maxItems}.`)
    return loop({ type: 'each', items, body: { nodes, connections }, concurrency })
  },
})
