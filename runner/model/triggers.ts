import { z } from 'zod'
import { catchUpSchema, overlapSchema, timeZone } from './schedule.ts'
import type { Node } from './workflow.ts'

/** Triggers that something else than a call fires: their configs, and what they hand to the run. */

const EVENT_TYPES = ['ENTITY_CREATED', 'ENTITY_UPDATED', 'ENTITY_DELETED', 'ANY_ENTITY_CHANGE', 'TIMER_EXPIRED'] as const

export const eventTriggerSchema = z.strictObject({
  event: z
    .strictObject({
      type: z.enum(EVENT_TYPES),
      blueprintIdentifier: z.string().min(1).max(100),
      /** The property whose moment has come. */
      propertyIdentifier: z.string().min(1).max(500).optional(),
    })
    .refine(({ type, propertyIdentifier }) => type !== 'TIMER_EXPIRED' || propertyIdentifier !== undefined, { path: ['propertyIdentifier'], message: 'is required with TIMER_EXPIRED: it says which property holds the moment' })
    .refine(({ type, propertyIdentifier }) => type === 'TIMER_EXPIRED' || propertyIdentifier === undefined, { path: ['propertyIdentifier'], message: 'means something with TIMER_EXPIRED only' }),
  /** jq programs without braces, over the event: `.diff.after.properties.tier == "gold"`. Only true counts. */
  condition: z
    .strictObject({
      type: z.literal('JQ'),
      expressions: z.array(z.string().min(1).max(50_000)).max(50),
      combinator: z.enum(['and', 'or']).default('and'),
    })
    .optional(),
  published: z.boolean().default(true),
})

export const scheduleTriggerSchema = z.strictObject({
  /** Five fields, six with seconds in front, or a name such as @hourly. */
  cron: z.string().min(1, { abort: true }).max(200),
  /** Of the IANA database. A time that the clocks jump over comes when they have jumped; one that comes twice comes the first time. */
  timezone: timeZone.default('UTC'),
  /** What the run starts with, beside `scheduledAt`. */
  inputs: z.record(z.string(), z.unknown()).default({}),
  /** At a time when the run before has not ended: start nothing, start when it has ended, or start beside it. */
  overlap: overlapSchema.default('skip'),
  /** Of the times that passed while the server was stopped: start the latest, all (the last 100), or none. */
  catchUp: catchUpSchema.default('latest'),
  published: z.boolean().default(true),
})

export type EventTrigger = z.output<typeof eventTriggerSchema>
export type ScheduleTrigger = z.output<typeof scheduleTriggerSchema>

const read = <S extends z.ZodType>(schema: S, type: string, { config: { type: own, ...config } }: Node): z.output<S> | null => {
  const parsed = own === type ? schema.safeParse(config) : null
  return parsed?.success ? parsed.data : null
}

/** What an event trigger waits for; null when it is another node. */
export const eventTriggerOf = (node: Node): EventTrigger | null => read(eventTriggerSchema, 'EVENT_TRIGGER', node)

/** When a schedule trigger fires; null when it is another node. */
export const scheduleTriggerOf = (node: Node): ScheduleTrigger | null => read(scheduleTriggerSchema, 'SCHEDULE_TRIGGER', node)

/** What happened to an entity, as conditions see it and runs get it. */
export type EntityEvent = {
  action: 'CREATE' | 'UPDATE' | 'DELETE' | 'TIMER_EXPIRED'
  context: { blueprintIdentifier: string; entityIdentifier: string; propertyIdentifier?: string }
  diff: { before: unknown; after: unknown }
}

const TYPE_OF = { CREATE: 'ENTITY_CREATED', UPDATE: 'ENTITY_UPDATED', DELETE: 'ENTITY_DELETED', TIMER_EXPIRED: 'TIMER_EXPIRED' } as const

/** Whether a trigger waits for events of this kind; its condition is another matter. A timer is no change. */
export const waitsFor = ({ event, published }: EventTrigger, { action, context }: EntityEvent): boolean => {
  if (!published || event.blueprintIdentifier !== context.blueprintIdentifier) return false
  if (action === 'TIMER_EXPIRED') return event.type === 'TIMER_EXPIRED' && event.propertyIdentifier === context.propertyIdentifier
  return event.type === TYPE_OF[action] || event.type === 'ANY_ENTITY_CHANGE'
}
