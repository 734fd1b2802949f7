import type { WriteStream } from 'node:tty'

/** The terminal, or what stands in for one: lines that stay, and below them a few that are drawn anew in place. */
export type Screen = {
  /** Whether lines can be drawn in place; elsewhere every line stays. */
  inPlace: boolean
  columns: number
  paint(colour: Colour, text: string): string
  /** Writes a line that stays. */
  print(line?: string): void
  /** Keeps lines below all others, drawn again ten times a second, until it is given null. */
  live(lines: (() => string[]) | null): void
  close(): void
}

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }
type Colour = keyof typeof COLOURS

const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'
const CLEAR_BELOW = '\u001B[0J'
const REDRAW_MS = 100

// oxlint-disable-next-line no-control-regex -- terminal colours begin with one
const COLOUR_CODE = /\u001B\[\d+m/g

const lengthOf = (text: string): number => text.replaceAll(COLOUR_CODE, '').length

/** A line that wraps would be two, and what is drawn in place would creep down. Colours are given up where it has to be cut. */
const cut = (line: string, columns: number): string => (lengthOf(line) < columns ? line : `${line.replaceAll(COLOUR_CODE, '').slice(0, columns - 2)}…`)

/** @param quiet draws nothing in place, whatever the terminal can do */
export const createScreen = (out: WriteStream | NodeJS.WriteStream, { quiet }: { quiet: boolean }): Screen => {
  const inPlace = out.isTTY && !quiet && process.env.TERM !== 'dumb'
  const colourful = out.isTTY && out.hasColors()
  const columns = (): number => (out.isTTY && out.columns > 0 ? out.columns : 100)
  let draw: (() => string[]) | null = null
  let drawn = 0
  let timer: NodeJS.Timeout | null = null

  const erase = (): string => (drawn === 0 ? '' : `\u001B[${drawn}A\r${CLEAR_BELOW}`)
  const redraw = (above = ''): void => {
    const lines = draw?.().map((line) => cut(line, columns())) ?? []
    const text = erase() + above + lines.map((line) => `${line}\n`).join('')
    drawn = lines.length
    if (text !== '') out.write(text)
  }
  const live: Screen['live'] = (lines) => {
    if (!inPlace) return
    if ((lines === null) !== (draw === null)) out.write(lines ? HIDE_CURSOR : SHOW_CURSOR)
    draw = lines
    redraw()
    if (timer) clearInterval(timer)
    timer = lines ? setInterval(() => redraw(), REDRAW_MS) : null
  }
  return {
    inPlace,
    get columns() {
      return columns()
    },
    paint: (colour, text) => (colourful ? `\u001B[${COLOURS[colour]}m${text}\u001B[0m` : text),
    print: (line = '') => redraw(`${line}\n`),
    live,
    close: () => live(null),
  }
}
