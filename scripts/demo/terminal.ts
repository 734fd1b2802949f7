/** As much of a terminal as the demo and Node's prompt use: lines, colours, a cursor that goes up and clears. It never scrolls. */
export type Terminal = {
  write(data: string): void
  lines(): Line[]
  text(): string
}

/** The pieces of a line, each of one colour and without two blanks in a row. */
export type Line = { column: number; text: string; colour: string }[]

const COLOURS: Record<string, string> = { 0: '', 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' }

// oxlint-disable-next-line no-control-regex -- what terminals are told begins with one
const TOKEN = /\u001B\[([?\d;]*)([A-Za-z])|[\s\S]/g

export const createTerminal = (): Terminal => {
  const rows: { character: string; colour: string }[][] = [[]]
  let row = 0
  let column = 0
  let colour = ''
  const obey = (letter: string, number: number, text: string): void => {
    if (letter === 'm') colour = COLOURS[text === '' ? '0' : text] ?? ''
    else if (letter === 'A') row = Math.max(0, row - (number || 1))
    else if (letter === 'G') column = Math.max(0, number - 1)
    else if (letter === 'K') rows[row]!.length = Math.min(rows[row]!.length, column)
    else if (letter === 'J') {
      rows[row]!.length = Math.min(rows[row]!.length, column)
      rows.length = row + 1
    } else if (letter !== 'h' && letter !== 'l') throw new Error(`This terminal does not know ${letter}.`)
  }
  const put = (character: string): void => {
    const line = rows[row]!
    while (line.length < column) line.push({ character: ' ', colour: '' })
    line[column++] = { character, colour }
  }
  const lines = (): Line[] =>
    rows.map((cells) => {
      const pieces: Line = []
      cells.forEach((cell, at) => {
        const last = pieces.at(-1)
        if (last && last.colour === cell.colour) last.text += cell.character
        else pieces.push({ column: at, text: cell.character, colour: cell.colour })
      })
      return pieces.flatMap(({ column: at, text, colour: of }) => [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) => ({ column: at + index, text: words, colour: of })))
    })
  return {
    lines,
    text: () => rows.map((cells) => cells.map(({ character }) => character).join('')).join('\n'),
    write: (data) => {
      for (const [token, parameter, letter] of data.matchAll(TOKEN)) {
        if (letter !== undefined) obey(letter, Number(parameter) || 0, parameter ?? '')
        else if (token === '\r') column = 0
        else if (token === '\n') {
          row++
          rows[row] ??= []
        } else put(token)
      }
    },
  }
}
