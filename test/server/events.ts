import type { Json, SseEvent } from '../harness.ts'

/** All events but pings, which come by the clock. */
export const collect = async (events: AsyncIterable<SseEvent>): Promise<SseEvent[]> => {
  const all: SseEvent[] = []
  for await (const event of events) if (event.event !== 'ping') all.push(event)
  return all
}
/** An event as one line, for the order of many. */
export const line = ({ event, data }: SseEvent): string => {
  const { stepId, status, state, name, level } = (typeof data.content === 'object' ? data.content : data) as Json
  return [event, stepId, state ?? status ?? name ?? level].filter((part) => part !== undefined).join(' ')
}
