/**
 * Makes docs/demo.svg: runs the demo in a terminal of its own, types the code, and draws what the terminal showed, when it showed it.
 * Needs `script` of util-linux. Run it with nothing else at work, in a fresh clone: the picture shows real times.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTerminal, type Line } from './terminal.ts'

const COLUMNS = 100
const CODE = '246810'
/** A terminal that is drawn ten times a second makes a large picture. */
const FRAME_MS = 200

const CELL = { width: 7.8, height: 18 }
const MARGIN = 18
const COLOURS: Record<string, string> = { '': '#d7dee8', bold: '#ffffff', dim: '#8493a5', red: '#ff7b72', green: '#7ee787', yellow: '#e3b341', cyan: '#79c0ff' }

/** What a row showed, and from when to when; the last frame's stays. */
type Shown = { row: number; line: Line; from: number; to: number | null }

const record = async (): Promise<Shown[]> => {
  const command = `stty cols ${COLUMNS} rows 50; exec ${process.execPath} --import tsx scripts/demo.ts`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, CI: '', NO_COLOR: undefined, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const terminal = createTerminal()
  const now: Shown[] = []
  const before: Shown[] = []
  let beganAt: number | null = null
  let drawnAt = -FRAME_MS
  let asked = false
  const draw = (at: number): void => {
    drawnAt = at
    terminal.lines().forEach((line, row) => {
      const last = now[row]
      if (last && JSON.stringify(last.line) === JSON.stringify(line)) return
      if (last) before.push({ ...last, to: at })
      now[row] = { row, line, from: at, to: null }
    })
  }
  child.stdout.on('data', (chunk: Buffer) => {
    beganAt ??= performance.now()
    const at = performance.now() - beganAt
    if (at - drawnAt >= FRAME_MS) draw(at)
    terminal.write(chunk.toString())
    if (asked || !terminal.text().includes('Security code: ')) return
    asked = true
    void (async () => {
      await sleep(1500)
      for (const digit of CODE) {
        child.stdin.write(digit)
        await sleep(150)
      }
      child.stdin.write('\r')
    })()
  })
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`The demo ended with exit code ${code}:\n${terminal.text()}`)
  draw(performance.now() - (beganAt ?? 0))
  return [...before, ...now].filter(({ line }) => line.length > 0)
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)}s`

/** Pieces stand where the terminal's columns are, whatever font there is. */
const draw = ({ row, line, from, to }: Shown): string => {
  const y = MARGIN + (row + 1) * CELL.height
  const texts = line.map(({ column, text, colour }) => {
    const x = (MARGIN + column * CELL.width).toFixed(1)
    return `<text x="${x}" y="${y}" textLength="${(text.length * CELL.width).toFixed(1)}" fill="${COLOURS[colour]}">${escaped(text)}</text>`
  })
  // What stays is visible by itself, for viewers that do not move pictures.
  const set = to === null ? `<set attributeName="visibility" to="hidden" begin="0s" end="${seconds(from)}"/>` : `<set attributeName="visibility" to="visible" begin="${seconds(from)}" end="${seconds(to)}"/>`
  return `<g${to === null ? '' : ' visibility="hidden"'}>${from === 0 && to === null ? '' : set}${texts.join('')}</g>`
}

const shown = await record()
const width = Math.ceil(COLUMNS * CELL.width + 2 * MARGIN)
const height = Math.ceil((Math.max(...shown.map(({ row }) => row)) + 1) * CELL.height + 2 * MARGIN)
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A run of the demo in a terminal">
<rect width="100%" height="100%" rx="8" fill="#10161d"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
${shown.map(draw).join('\n')}
</g>
</svg>
`
writeFileSync(fileURLToPath(new URL('../../docs/demo.svg', import.meta.url)), svg)
