import { z } from 'zod'

/** What many answers have in common. */

/** A time as callers see it: ISO 8601, in UTC. */
export const time = z.iso.datetime()
export const iso = (ms: number): string => new Date(ms).toISOString()
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))
export const anyObject = z.record(z.string(), z.unknown())
