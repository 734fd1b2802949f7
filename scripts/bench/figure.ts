import { digits, inWords, type Spread } from './stats.ts'

/** One line of the result: what was measured, what came out, and what it was to be. */
export type Figure = {
  name: string
  value: number
  unit: '×' | 'ms' | '%' | '/min' | '/s' | 'MB' | ''
  /** The measurements that `value` sums up. */
  spread?: Spread
  goal?: { most: number } | { least: number }
  note?: string
}

const goalText = (goal: NonNullable<Figure['goal']>): string => ('most' in goal ? `≤ ${goal.most}` : `≥ ${goal.least}`)

/** Compared as it is printed, so that a figure that reads as the goal is the goal. */
const isMet = ({ value, goal }: Figure): boolean => {
  const shown = Number(digits(value))
  return goal === undefined || ('most' in goal ? shown <= goal.most : shown >= goal.least)
}

const row = (figure: Figure): string => {
  const { name, value, unit, spread, goal, note } = figure
  const verdict = goal === undefined ? '' : `${goalText(goal)} ${isMet(figure) ? 'met' : '**missed**'}`
  return `| ${name} | ${digits(value)}${unit === '' ? '' : ` ${unit}`} | ${spread ? inWords(spread) : ''} | ${verdict} | ${note ?? ''} |`
}

/** As Markdown, to be read in a terminal and pasted into docs/performance.md. */
export const toTable = (figures: readonly Figure[]): string =>
  ['| figure | value | median (least · quartiles · most) | goal | |', '|---|---|---|---|---|', ...figures.map(row)].join('\n')
