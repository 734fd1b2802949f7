import type { ActivityRunJson } from '../server/wire.ts'

/** Which round of each loop a graph shows. A loop is known by its place: `each`, or `outer[1].inner` in the second round of another. */

/** The numbers of the rounds, counted from 0, that are known of each loop, in order. */
export type Rounds = ReadonlyMap<string, readonly number[]>
/** By the place of the loop. */
export type Chosen = ReadonlyMap<string, number>

/** `outer[1].inner[0]`: round 1 of `outer`, and in it round 0 of `inner`. */
export const roundsIn = (iteration: string | null): [loop: string, round: number][] => {
  const parts = iteration === null ? [] : iteration.split('.')
  return parts.map((part, depth) => {
    const [, loop = '', round = ''] = /^(.*)\[(\d+)\]$/.exec(part) ?? []
    return [[...parts.slice(0, depth), loop].join('.'), Number(round)]
  })
}

export const roundsOf = (activityRuns: readonly ActivityRunJson[]): Rounds => {
  const found = new Map<string, Set<number>>()
  for (const iteration of new Set(activityRuns.map((activity) => activity.iteration)))
    for (const [loop, round] of roundsIn(iteration)) found.set(loop, (found.get(loop) ?? new Set()).add(round))
  return new Map([...found].map(([loop, rounds]) => [loop, [...rounds].sort((a, b) => a - b)]))
}

/** Where a loop stands that is in these loops, whose rounds are shown as chosen, else the newest; undefined where none has begun. */
export const loopAt = (loops: readonly string[], rounds: Rounds, chosen: Chosen): { place: string; round: number | undefined } => {
  let around = ''
  let round: number | undefined
  for (const [depth, loop] of loops.entries()) {
    if (depth > 0) around = `${around}[${round ?? ''}].`
    around += loop
    round = chosen.get(around) ?? rounds.get(around)?.at(-1)
  }
  return { place: around, round }
}

/** What of a run is shown inside of these loops; undefined where nothing has been done yet. */
export const iterationAt = (loops: readonly string[], rounds: Rounds, chosen: Chosen): string | null | undefined => {
  if (loops.length === 0) return null
  const { place, round } = loopAt(loops, rounds, chosen)
  return round === undefined ? undefined : `${place}[${round}]`
}
