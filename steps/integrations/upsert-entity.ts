import { z } from 'zod'
import { onFailure } from '../lib/external.ts'
import { defineStep, done } from '../lib/step.ts'

const text = z.union([z.string(), z.number()]).transform(String)
const name = (max: number) => text.pipe(z.string().min(1, 'must not be empty').max(max).regex(/^[^\p{Cc}]*$/u, 'may not hold control characters'))
const values = z.record(z.string().min(1).max(500), z.unknown())

export default defineStep({
  summary: 'Keep account of a thing: create the entity or change it, and say whether it is new.',
  config: z.strictObject({
    blueprintIdentifier: name(100),
    mapping: z.strictObject({
      /** What tells this thing from others the next time. Without one, every attempt makes another entity. */
      identifier: name(1000).optional(),
      title: text.pipe(z.string().max(1000)).nullable().optional(),
      icon: z.string().max(200).nullable().optional(),
      team: z.union([z.array(z.string().max(200)).max(1000), z.string().max(200).transform((one) => [one])]).optional(),
      /** What is not named stays; null takes a property away. */
      properties: values.optional(),
      relations: values.optional(),
    }),
    onFailure,
  }),
  async run({ upsertEntity, ids, log }, { blueprintIdentifier, mapping }) {
    const upserted = await upsertEntity(blueprintIdentifier, { ...mapping, identifier: mapping.identifier ?? ids.nodeRunId })
    const { created, changed, entity } = upserted
    log('INFO', `${blueprintIdentifier} ${entity.identifier}: ${created ? 'new' : changed ? 'changed' : 'as it was'}.`)
    return done(upserted)
  },
})
