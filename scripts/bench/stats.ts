/** What many measurements say, in one line: never a single figure without how far the others lay from it. */
export type Spread = { count: number; min: number; q1: number; median: number; q3: number; p95: number; max: number }

/** The value that the share `part` of `sorted` does not exceed, between two of them where it falls there. */
const at = (sorted: readonly number[], part: number): number => {
  const place = (sorted.length - 1) * part
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b)
  const [min, q1, median, q3, p95, max] = [0, 0.25, 0.5, 0.75, 0.95, 1].map((part) => at(sorted, part)) as [number, number, number, number, number, number]
  return { count: values.length, min, q1, median, q3, p95, max }
}

export const medianOf = (values: readonly number[]): number => spreadOf(values).median

export const digits = (value: number): string => {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

/** `583 (540 · 560–610 · 742, n 30)`: median, then least, quartiles and most. */
export const inWords = ({ count, min, q1, median, q3, max }: Spread): string =>
  `${digits(median)} (${digits(min)} · ${digits(q1)}–${digits(q3)} · ${digits(max)}, n ${count})`
