/** Time zones, and what clocks in them show. */

export const zoneHere = Intl.DateTimeFormat().resolvedOptions().timeZone

export const ZONES = [...new Set(['UTC', zoneHere, ...Intl.supportedValuesOf('timeZone')])]

/** What a clock in the zone shows at a moment, as a field for times takes it: `2026-07-01T09:00`. */
export const wallTime = (iso: string, timeZone: string): string => {
  const parts = new Intl.DateTimeFormat('en', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(new Date(iso))
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}
