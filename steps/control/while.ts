import { z } from 'zod'
import { bodySchema } from '../../runner/model/workflow.ts'
import { defineStep, loop } from '../lib/step.ts'

export default defineStep({
  summary: 'Run nodes again and again while a jq condition gives true; it sees the outputs of the round before, and .index.',
  config: z.strictObject({
    condition: z.string().min(1).max(50_000),
    ...bodySchema.shape,
    maxIterations: z.int().min(1).max(10_000),
  }),
  asWritten: ['condition', 'nodes', 'connections'],
  run(_context, { condition, nodes, connections, maxIterations }) {
    return loop({ type: 'while', condition, maxIterations, body: { nodes, connections }, concurrency: 1 })
  },
})
